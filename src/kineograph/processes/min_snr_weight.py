"""Min-SNR-gamma (Hang et al. 2023, arXiv:2303.09556, Sec. 3.4)."""

from kineograph.core.types import Level


class MinSnrWeight:
    """min(alpha^2 / sigma^2, ``gamma``): easy levels do not drown the others."""

    def __init__(self, *, gamma: float):
        self.gamma = gamma

    def __call__(self, alpha: Level, sigma: Level) -> Level:
        return (alpha / sigma).square().clamp_max(self.gamma)
