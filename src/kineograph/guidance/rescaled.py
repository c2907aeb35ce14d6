"""Classifier-free guidance that does not overexpose (Lin et al. 2023, arXiv:2305.08891, Eq. 14 to 16)."""

from kineograph.core.protocols import Denoise
from kineograph.core.types import Condition, Level, Video


class Rescaled:
    """Guides by ``scale``, then brings each clip's standard deviation about its mean back to that of the told estimate.

    ``rescale`` is the share of the rescaled estimate in the answer: 0 is plain guidance, 1 rescales wholly.
    """

    def __init__(self, *, scale: float, rescale: float):
        self.scale = scale
        self.rescale = rescale

    def __call__(self, denoise: Denoise) -> Denoise:
        def guided(noisy: Video, level: Level, condition: Condition) -> Video:
            told = denoise(noisy, level, condition)
            untold = denoise(noisy, level, condition.untold())
            video = untold + self.scale * (told - untold)
            pixels = (1, 2, 3, 4)
            ratio = told.std(dim=pixels, keepdim=True) / video.std(dim=pixels, keepdim=True).clamp_min(1e-8)
            mean = video.mean(dim=pixels, keepdim=True)  # clean films have one, unlike the velocities of the paper
            return mean + (video - mean) * (self.rescale * ratio + 1 - self.rescale)

        return guided
