"""Clip sources, the prepared clip store, one DataModule."""
