"""Variance-preserving diffusion (Ho et al. 2020, arXiv:2006.11239, Eq. 4) in continuous time."""

import torch
from torch import Tensor

from kineograph.core.errors import UserError, at_least
from kineograph.core.protocols import Denoiser
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video
from kineograph.processes.gaussian import Gaussian, spread
from kineograph.processes.prediction import Prediction
from kineograph.processes.schedule import Schedule

UNREADABLE = 1e-12  # weight of the clean error at level 1; the linear schedule has 4e-5 with the noise as an answer


class Ddpm(Gaussian):
    """alpha^2 + sigma^2 = 1 with levels in [0, 1]; ``schedule`` gives alpha, ``prediction`` reads the answer.

    Training levels are uniform in [smallest, 1]. Raises UserError for a schedule that ends in noise alone where the
    answer is the noise: no clip can be read off it.
    """

    def __init__(self, *, schedule: Schedule, prediction: Prediction, smallest: float):
        self.schedule = schedule
        self.prediction = prediction
        self.smallest = smallest
        end = torch.ones(1, dtype=torch.float64, device="cpu")  # a number also where nets are built on meta
        if float(self.weight(end)) < UNREADABLE:
            raise UserError(
                "animator.process.schedule ends in noise alone, off which the noise as an answer reads no clip; set "
                "animator/process/prediction to v or x0"
            )

    def alpha(self, level: Level) -> Level:
        return self.schedule.log_alpha(level).exp()

    def sigma(self, level: Level) -> Level:
        return (-torch.expm1(2 * self.schedule.log_alpha(level))).clamp_min(0).sqrt()  # alpha may round to above 1

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
        at_least(1, sampler__num_steps=num_steps)
        return torch.linspace(1, 0, num_steps + 1, dtype=torch.float64)
