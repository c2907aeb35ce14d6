"""Classifier-free guidance that does not overexpose (Lin et al. 2023, arXiv:2305.08891, Eq. 14 to 16)."""

from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Denoise
from kineograph.core.types import Condition, Level, Video

PIXELS = (1, 2, 3, 4)


class Rescaled:
    """Guides by ``scale``, then brings each clip's standard deviation about its mean back to that of the told estimate.

    Only pixels that are not given count. ``rescale`` is the share of the rescaled estimate in the answer: 0 is plain
    guidance, 1 rescales wholly.
    """

    def __init__(self, *, scale: float, rescale: float):
        self.scale = scale
        self.rescale = rescale

    def __call__(self, denoise: Denoise) -> Denoise:
        def guided(noisy: Video, level: Level, condition: Condition) -> Video:
            told = denoise(noisy, level, condition)
            untold = denoise(noisy, level, condition.untold())
            video = untold + self.scale * (told - untold)
            free = (1 - condition.mask).expand_as(video)  # no loss asks what is estimated where pixels are given
            _, wanted = moments(told, free)
            mean, found = moments(video, free)  # clean films have a mean, unlike the velocities of the paper
            ratio = wanted / found.clamp_min(1e-8)
            return mean + (video - mean) * (self.rescale * ratio + 1 - self.rescale)

        return guided


def moments(video: Video, free: Video) -> tuple[Float[Tensor, "b 1 1 1 1"], Float[Tensor, "b 1 1 1 1"]]:
    """Mean and standard deviation of each clip, its pixels weighted by ``free``."""
    count = free.sum(dim=PIXELS, keepdim=True).clamp_min(1e-8)
    mean = (video * free).sum(dim=PIXELS, keepdim=True) / count
    return mean, (((video - mean).square() * free).sum(dim=PIXELS, keepdim=True) / count).sqrt()
