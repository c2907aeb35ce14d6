"""The answer is the clean clip (Ho et al. 2020, Sec. 3.2)."""

from torch import Tensor

from kineograph.core.types import Level, Video


class X0Prediction:
    """clean = answer; the loss |clean error|^2."""

    def clean(self, noisy: Video, answer: Video, alpha: Tensor, sigma: Tensor) -> Video:
        return answer

    def weight(self, alpha: Level, sigma: Level) -> Level:
        return alpha.new_ones(alpha.shape)
