"""Noise on all that judges see, fading with the images seen (Sønderby et al. 2017, arXiv 1610.04490, section 3.2)."""

from collections.abc import Callable

from torch import Tensor, nn

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Scalar, Video


class InstanceNoise(nn.Module):
    """A view (protocols.View): normal noise of deviation ``sigma(images seen)`` on every pixel of every frame."""

    def __init__(self, *, sigma: Callable[[int], float]):
        super().__init__()
        self.sigma = sigma

    def draw(self, video: Video, noise: Noise, images_seen: int) -> Video:
        return self.sigma(images_seen) * noise.normal(*video.shape[1:]).to(video)

    def forward(self, video: Video, condition: Condition, drawn: Tensor) -> tuple[Video, Condition]:
        return video + drawn, condition

    def adapt(self, confidence: Scalar, images: int) -> None:
        pass
