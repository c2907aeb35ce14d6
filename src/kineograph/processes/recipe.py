"""A process trained at other levels or under another weight than its own paper's."""

from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level
from kineograph.core.walk import level_at
from kineograph.processes.draw import Draw
from kineograph.processes.weighting import Weighting
from kineograph.processes.wrapped import Wrapped


class Recipe(Wrapped):
    """``process`` with training levels where ``draw`` says on the walk of sampling, so shifted as that is, and the
    clean error weighed by ``weighting``; None: its own."""

    def __init__(self, *, process: Process, draw: Draw | None, weighting: Weighting | None):
        super().__init__(process=process)
        self.draw = draw
        self.weighting = weighting

    def sample_level(self, noise: Noise, num_frames: int) -> Level:
        if self.draw is None:
            return self.process.sample_level(noise, num_frames)
        return level_at(self.process, self.draw(noise))[:, None].expand(-1, num_frames)

    def weight(self, level: Level) -> Level:
        if self.weighting is None:
            return self.process.weight(level)
        return self.weighting(self.alpha(level), self.sigma(level))
