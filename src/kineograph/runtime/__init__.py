"""What carries a run: the checkpoint store, weights, workers, loggers."""
