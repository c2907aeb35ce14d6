"""Runs and evaluations -> one HTML page."""
