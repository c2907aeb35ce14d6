"""Classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598, Eq. 6; the paper's w is scale - 1)."""

from kineograph.core.protocols import Denoise
from kineograph.core.types import Condition, Level, Video


class ClassifierFree:
    """Moves the estimate away from that of a denoiser told nothing but the known pixels.

    ``scale`` 1 is no guidance, 0 is the untold denoiser, above 1 exaggerates; two calls of the denoiser a step.
    """

    def __init__(self, *, scale: float):
        self.scale = scale

    def __call__(self, denoise: Denoise) -> Denoise:
        if self.scale == 1:
            return denoise

        def guided(noisy: Video, level: Level, condition: Condition) -> Video:
            untold = denoise(noisy, level, condition.untold())
            return untold + self.scale * (denoise(noisy, level, condition) - untold)

        return guided
