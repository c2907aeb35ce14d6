"""Frozen feature networks: weights that are used and never trained."""
