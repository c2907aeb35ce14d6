"""What is measured: torchmetrics over Sample; the mathematics stand beside them as pure functions."""
