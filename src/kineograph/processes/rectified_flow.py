"""Rectified flow: straight lines from clips to noise (Liu et al. 2022, arXiv:2209.03003, Eq. 1).

Levels are logit-normal (Esser et al. 2024, arXiv:2403.03206, Eq. 19); its Sec. 5.3.2, Eq. 23 gives ``shift``.
"""

import math

import torch
from torch import Tensor

from kineograph.core.errors import at_least
from kineograph.core.protocols import Denoiser
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video
from kineograph.processes.gaussian import Gaussian, spread


class RectifiedFlow(Gaussian):
    """alpha = 1 - level, sigma = level in [0, 1]; the denoiser answers the velocity noise - clean.

    Training levels are sigmoid(location + scale * normal), never below ``smallest``; ``shift`` > 1 moves them and the
    sampling levels towards noise, as larger films need.
    """

    def __init__(self, *, location: float, scale: float, smallest: float, shift: float):
        self.location = location
        self.scale = scale
        self.smallest = smallest
        self.shift = shift

    def alpha(self, level: Level) -> Level:
        return 1 - level

    def sigma(self, level: Level) -> Level:
        return level

    def alpha_slope(self, level: Level) -> Level:
        return -torch.ones_like(level)

    def sigma_slope(self, level: Level) -> Level:
        return torch.ones_like(level)

    def sample_level(self, noise: Noise, num_frames: int) -> Level:
        location = self.location + math.log(self.shift)  # Eq. 23 in logits
        level = torch.sigmoid(location + self.scale * noise.normal())  # b
        return level.clamp_min(self.smallest)[:, None].expand(-1, num_frames)

    def denoise(self, denoiser: Denoiser, noisy: Video, level: Level, condition: Condition) -> Video:
        velocity = denoiser(noisy, level.to(noisy), condition)
        return noisy - spread(level, noisy) * velocity

    def weight(self, level: Level) -> Level:
        # The paper's loss is the squared error of the velocity, which is that of the clean clip over level^2.
        return level.clamp_min(self.smallest) ** -2

    def levels(self, num_steps: int) -> Tensor:
        at_least(1, sampler__num_steps=num_steps)
        even = torch.linspace(1, 0, num_steps + 1, dtype=torch.float64)
        return self.shift * even / (1 + (self.shift - 1) * even)
