"""How to walk back from pure noise to a film."""
