"""A Gaussian process between clips and noise, noisy = alpha(level) clean + sigma(level) noise.

Kingma et al. 2021 (arXiv:2107.00630) Eq. 1; its probability-flow ODE: Song et al. 2021 (arXiv:2011.13456) Eq. 13.
"""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Denoiser
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video


def spread(values: Level, video: Video) -> Float[Tensor, "b _ 1 1 1"]:
    """One number a clip (b,) or a frame (b t), shaped to multiply the video, in its dtype and on its device."""
    if values.shape not in (video.shape[:1], video.shape[:2]):
        raise ValueError(f"a level has the shape (b,) or (b t) of {tuple(video.shape)}, not {tuple(values.shape)}")
    values = values.to(device=video.device, dtype=video.dtype)
    return values.reshape(*values.shape, *[1] * (video.ndim - values.ndim))


class Gaussian(ABC):
    """The arithmetic that all processes share; levels are (b,) or (b t), the same for every pixel of a frame."""

    @abstractmethod
    def alpha(self, level: Level) -> Level: ...

    @abstractmethod
    def sigma(self, level: Level) -> Level: ...

    @abstractmethod
    def alpha_slope(self, level: Level) -> Level:
        """d alpha / d level."""

    @abstractmethod
    def sigma_slope(self, level: Level) -> Level:
        """d sigma / d level."""

    @abstractmethod
    def sample_level(self, noise: Noise, num_frames: int) -> Level:
        """Levels for training, one a clip, repeated for its frames."""

    @abstractmethod
    def denoise(self, denoiser: Denoiser, noisy: Video, level: Level, condition: Condition) -> Video: ...

    def shown_level(self, level: Level, condition: Condition) -> Level:
        return level

    @abstractmethod
    def weight(self, level: Level) -> Level: ...

    @abstractmethod
    def levels(self, num_steps: int) -> Tensor: ...

    def corrupt(self, clean: Video, noise: Video, level: Level) -> Video:
        return spread(self.alpha(level), clean) * clean + spread(self.sigma(level), noise) * noise

    def velocity(self, noisy: Video, clean: Video, level: Level) -> Video:
        # alpha' clean + sigma' noise, with the noise read off the noisy clip; a clean frame (sigma = 0) stands still.
        sigma = self.sigma(level)
        ratio = torch.where(sigma > 0, self.sigma_slope(level) / sigma.clamp_min(1e-12), 0)
        still = torch.where(sigma > 0, self.alpha_slope(level) - ratio * self.alpha(level), 0)
        return spread(ratio, noisy) * noisy + spread(still, clean) * clean
