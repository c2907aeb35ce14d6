"""Which jobs a sweep has: all at once (grid), or one after the other from what earlier ones reached (optuna)."""
