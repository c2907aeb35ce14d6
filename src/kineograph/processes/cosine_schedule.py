"""Alpha as a cosine (Nichol & Dhariwal 2021, arXiv:2102.09672, Eq. 17), cut off at both ends (Hoogeboom et al. 2023,
arXiv:2301.11093, Appendix A) so that neither alpha nor sigma is ever zero."""

import math

import torch

from kineograph.core.types import Level


class CosineSchedule:
    """alpha = cos(angle), the angle linear in the level; ln(alpha^2 / sigma^2) runs from ``log_snr_max`` to the min."""

    def __init__(self, *, log_snr_min: float, log_snr_max: float):
        self.first = math.atan(math.exp(-log_snr_max / 2))
        self.last = math.atan(math.exp(-log_snr_min / 2))

    def log_alpha(self, level: Level) -> Level:
        return -torch.log1p(torch.tan(self.first + level * (self.last - self.first)) ** 2) / 2

    def log_alpha_slope(self, level: Level) -> Level:
        return -torch.tan(self.first + level * (self.last - self.first)) * (self.last - self.first)
