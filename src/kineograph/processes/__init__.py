"""What noise does to a clip."""
