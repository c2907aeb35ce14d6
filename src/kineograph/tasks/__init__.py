"""Which part of a clip the animator is given."""
