"""A process that differs from another in how it is trained or told, and shares its noise."""

from torch import Tensor

from kineograph.core.protocols import Denoiser, Process
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video


class Wrapped:
    """Everything as ``process`` has it."""

    def __init__(self, *, process: Process):
        self.process = process

    def alpha(self, level: Level) -> Level:
        return self.process.alpha(level)

    def sigma(self, level: Level) -> Level:
        return self.process.sigma(level)

    def corrupt(self, clean: Video, noise: Video, level: Level) -> Video:
        return self.process.corrupt(clean, noise, level)

    def velocity(self, noisy: Video, clean: Video, level: Level) -> Video:
        return self.process.velocity(noisy, clean, level)

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
