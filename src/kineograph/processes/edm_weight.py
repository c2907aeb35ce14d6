"""EDM's weight (Karras et al. 2022, arXiv:2206.00364, Table 1) for every process."""

from kineograph.core.types import Level


class EdmWeight:
    """(s^2 + data_std^2) / (s data_std)^2 at the ratio s = sigma / alpha, never taken below ``smallest``."""

    def __init__(self, *, data_std: float, smallest: float):
        self.data_std = data_std
        self.smallest = smallest

    def __call__(self, alpha: Level, sigma: Level) -> Level:
        ratio = (sigma / alpha).clamp_min(self.smallest)
        return self.data_std**-2 + ratio**-2
