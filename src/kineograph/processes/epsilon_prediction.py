"""The answer is the noise (Ho et al. 2020, Eq. 14)."""

from torch import Tensor

from kineograph.core.types import Level, Video


class EpsilonPrediction:
    """clean = (noisy - sigma answer) / alpha; the simple loss |noise error|^2."""

    def clean(self, noisy: Video, answer: Video, alpha: Tensor, sigma: Tensor) -> Video:
        return (noisy - sigma * answer) / alpha

    def weight(self, alpha: Level, sigma: Level) -> Level:
        return (alpha / sigma) ** 2
