"""The answer is v = alpha noise - sigma clean (Salimans & Ho 2022, arXiv:2202.00512, Appendix D)."""

from torch import Tensor

from kineograph.core.types import Level, Video


class VPrediction:
    """clean = alpha noisy - sigma answer; the loss |v error|^2 ("SNR + 1" weighting)."""

    def clean(self, noisy: Video, answer: Video, alpha: Tensor, sigma: Tensor) -> Video:
        return alpha * noisy - sigma * answer

    def weight(self, alpha: Level, sigma: Level) -> Level:
        return sigma**-2
