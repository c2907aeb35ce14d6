"""A schedule that ends in noise alone (Lin et al. 2023, arXiv:2305.08891, Algorithm 1)."""

import torch

from kineograph.core.types import Level
from kineograph.processes.schedule import Schedule

NOTHING = 1e-30  # alpha at level 1, in place of a zero that has no logarithm


class ZeroTerminalSchedule:
    """Shifts the alpha of ``schedule`` so that it is zero at level 1, and scales it so that it begins as before.

    For answers v and x0: where no clip is left, it cannot be read off the noise.
    """

    def __init__(self, *, schedule: Schedule):
        self.schedule = schedule
        ends = torch.tensor([0.0, 1.0], dtype=torch.float64, device="cpu")  # numbers also where nets are built on meta
        first, last = schedule.log_alpha(ends).exp().tolist()
        self.last = last
        self.scale = first / (first - last)

    def log_alpha(self, level: Level) -> Level:
        return self._alpha(level).log()

    def log_alpha_slope(self, level: Level) -> Level:
        slope = self.scale * self.schedule.log_alpha(level).exp() * self.schedule.log_alpha_slope(level)
        return slope / self._alpha(level)

    def _alpha(self, level: Level) -> Level:
        return (self.scale * (self.schedule.log_alpha(level).exp() - self.last)).clamp_min(NOTHING)
