"""How many windows make a film."""
