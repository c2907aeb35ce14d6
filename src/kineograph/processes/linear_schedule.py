"""Rates of forgetting that rise linearly (Ho et al. 2020, Sec. 4; in continuous time Song et al. 2021, Eq. 33)."""

from kineograph.core.types import Level


class LinearSchedule:
    """d ln alpha^2 / d level = -(beta_min + level (beta_max - beta_min)); the paper's betas times its 1,000 steps."""

    def __init__(self, *, beta_min: float, beta_max: float):
        self.beta_min = beta_min
        self.beta_max = beta_max

    def log_alpha(self, level: Level) -> Level:
        return -(level**2) * (self.beta_max - self.beta_min) / 4 - level * self.beta_min / 2

    def log_alpha_slope(self, level: Level) -> Level:
        return -(self.beta_min + level * (self.beta_max - self.beta_min)) / 2
