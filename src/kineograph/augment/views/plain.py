"""Judges see films as they are."""

from torch import Tensor, nn

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Scalar, Video


class PlainView(nn.Module):
    """A view (protocols.View) that changes nothing and draws nothing."""

    def __init__(self):
        super().__init__()

    def draw(self, video: Video, noise: Noise, images_seen: int) -> Tensor:
        return video.new_zeros(len(video), 0)

    def forward(self, video: Video, condition: Condition, drawn: Tensor) -> tuple[Video, Condition]:
        return video, condition

    def adapt(self, confidence: Scalar, images: int) -> None:
        pass
