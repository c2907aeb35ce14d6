"""EDM (Karras et al. 2022, arXiv:2206.00364): Eq. 5 (levels), Eq. 7 and Table 1 (preconditioning, weight)."""

import torch
from torch import Tensor

from kineograph.core.errors import at_least
from kineograph.core.protocols import Denoiser
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video
from kineograph.processes.gaussian import Gaussian, spread


class Edm(Gaussian):
    """alpha = 1, sigma = level in [0, sigma_max]; the denoiser answers F of Eq. 7 and sees ln(level) / 4.

    Training levels are exp(location + scale * normal); ``data_std`` is the standard deviation of the clips.
    """

    def __init__(
        self, *, location: float, scale: float, data_std: float, sigma_min: float, sigma_max: float, rho: float
    ):
        self.location = location
        self.scale = scale
        self.data_std = data_std
        self.sigma_min = sigma_min
        self.sigma_max = sigma_max
        self.rho = rho

    def alpha(self, level: Level) -> Level:
        return torch.ones_like(level)

    def sigma(self, level: Level) -> Level:
        return level

    def alpha_slope(self, level: Level) -> Level:
        return torch.zeros_like(level)

    def sigma_slope(self, level: Level) -> Level:
        return torch.ones_like(level)

    def sample_level(self, noise: Noise, num_frames: int) -> Level:
        level = torch.exp(self.location + self.scale * noise.normal())  # b
        return level[:, None].expand(-1, num_frames)

    def denoise(self, denoiser: Denoiser, noisy: Video, level: Level, condition: Condition) -> Video:
        total = level**2 + self.data_std**2
        skip = self.data_std**2 / total
        out = level * self.data_std / total.sqrt()
        told = level.clamp_min(self.sigma_min).log() / 4  # c_noise; a clean frame is told the lowest level
        answer = denoiser(spread(total.rsqrt(), noisy) * noisy, told.to(noisy), condition)
        return spread(skip, noisy) * noisy + spread(out, noisy) * answer

    def weight(self, level: Level) -> Level:
        level = level.clamp_min(self.sigma_min)
        return (level**2 + self.data_std**2) / (level * self.data_std) ** 2

    def levels(self, num_steps: int) -> Tensor:
        at_least(1, sampler__num_steps=num_steps)
        place = torch.linspace(0, 1, num_steps, dtype=torch.float64)
        high, low = self.sigma_max ** (1 / self.rho), self.sigma_min ** (1 / self.rho)
        return torch.cat([(high + place * (low - high)) ** self.rho, place.new_zeros(1)])
