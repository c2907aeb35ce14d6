"""How a network's weights begin."""
