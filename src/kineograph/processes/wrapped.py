"""A process that differs from another in how it is trained or told, and shares its noise."""

from abc import ABC

from torch import Tensor

from kineograph.core.protocols import Denoiser
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video
from kineograph.processes.gaussian import Gaussian


class Wrapped(Gaussian, ABC):
    """Everything as ``process`` has it."""

    def __init__(self, *, process: Gaussian):
        self.process = process

    def alpha(self, level: Level) -> Level:
        return self.process.alpha(level)

    def sigma(self, level: Level) -> Level:
        return self.process.sigma(level)

    def alpha_slope(self, level: Level) -> Level:
        return self.process.alpha_slope(level)

    def sigma_slope(self, level: Level) -> Level:
        return self.process.sigma_slope(level)

    def sample_level(self, noise: Noise, num_frames: int) -> Level:
        return self.process.sample_level(noise, num_frames)

    def denoise(self, denoiser: Denoiser, noisy: Video, level: Level, condition: Condition) -> Video:
        return self.process.denoise(denoiser, noisy, level, condition)

    def shown_level(self, level: Level, condition: Condition) -> Level:
        return self.process.shown_level(level, condition)

    def weight(self, level: Level) -> Level:
        return self.process.weight(level)

    def levels(self, num_steps: int) -> Tensor:
        return self.process.levels(num_steps)
