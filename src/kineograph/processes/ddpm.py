"""Variance-preserving diffusion (Ho et al. 2020, arXiv:2006.11239, Eq. 4) in continuous time."""

import torch
from torch import Tensor

from kineograph.core.protocols import Denoiser
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video
from kineograph.processes.gaussian import Gaussian, spread
from kineograph.processes.prediction import Prediction
from kineograph.processes.schedule import Schedule


class Ddpm(Gaussian):
    """alpha^2 + sigma^2 = 1 with levels in [0, 1]; ``schedule`` gives alpha, ``prediction`` reads the answer.

    Training levels are uniform in [smallest, 1].
    """

    def __init__(self, *, schedule: Schedule, prediction: Prediction, smallest: float):
        self.schedule = schedule
        self.prediction = prediction
        self.smallest = smallest

    def alpha(self, level: Level) -> Level:
        return self.schedule.log_alpha(level).exp()

    def sigma(self, level: Level) -> Level:
        return (-torch.expm1(2 * self.schedule.log_alpha(level))).sqrt()

    def alpha_slope(self, level: Level) -> Level:
        return self.alpha(level) * self.schedule.log_alpha_slope(level)

    def sigma_slope(self, level: Level) -> Level:
        # From alpha^2 + sigma^2 = 1; infinite where sigma = 0.
        return -(self.alpha(level) ** 2) * self.schedule.log_alpha_slope(level) / self.sigma(level)

    def sample_level(self, noise: Noise, num_frames: int) -> Level:
        level = self.smallest + (1 - self.smallest) * noise.uniform()  # b
        return level[:, None].expand(-1, num_frames)

    def denoise(self, denoiser: Denoiser, noisy: Video, level: Level, condition: Condition) -> Video:
        answer = denoiser(noisy, level.to(noisy), condition)
        alpha, sigma = spread(self.alpha(level), noisy), spread(self.sigma(level), noisy)
        return self.prediction.clean(noisy, answer, alpha, sigma)

    def weight(self, level: Level) -> Level:
        level = level.clamp_min(self.smallest)
        return self.prediction.weight(self.alpha(level), self.sigma(level))

    def levels(self, num_steps: int) -> Tensor:
        return torch.linspace(1, 0, num_steps + 1, dtype=torch.float64)
