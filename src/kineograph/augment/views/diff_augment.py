"""Colour, translation and cut-out in front of the judges (Zhao et al. 2020, "DiffAugment", arXiv 2006.10738,
section 3.2), one draw for all frames of a clip; contrast turns about mid-grey, so that picture and film stay alike."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from kineograph.core.random import Noise
from kineograph.core.types import Condition, PerClip, Scalar, Video

DRAWS = 7


class DiffAugment(nn.Module):
    """A view (protocols.View): colour by up to ``colour`` times the paper's, shift and hole as shares of the picture.

    What leaves the picture or falls into the hole is mid-grey, and counts as not given.
    """

    def __init__(self, *, colour: float | int, translation: float | int, cutout: float | int):
        super().__init__()
        self.colour = colour
        self.translation = translation
        self.cutout = cutout

    def draw(self, video: Video, noise: Noise, images_seen: int) -> Float[Tensor, "b k"]:
        return noise.uniform(DRAWS).to(video)

    def forward(self, video: Video, condition: Condition, drawn: Tensor) -> tuple[Video, Condition]:
        mask = self.placed(condition.mask, drawn)
        known = self.placed(self.coloured(condition.known, drawn) * condition.mask, drawn)
        return self.placed(self.coloured(video, drawn), drawn), condition._replace(known=known, mask=mask)

    def adapt(self, confidence: Scalar, images: int) -> None:
        pass

    def coloured(self, video: Video, drawn: Float[Tensor, "b k"]) -> Video:
        brightness, saturation, contrast = (drawn[:, :3] - 0.5)[..., None, None, None, None].unbind(dim=1)
        video = video + self.colour * brightness
        grey = video.mean(dim=2, keepdim=True)
        video = grey + (video - grey) * (1 + 2 * self.colour * saturation)
        return video * (1 + self.colour * contrast)

    def placed(self, video: Float[Tensor, "b t k h w"], drawn: Float[Tensor, "b _"]) -> Float[Tensor, "b t k h w"]:
        """Shifted by whole pixels, with a hole."""
        for axis, place in ((3, 3), (4, 4)):
            size = video.shape[axis]
            most = round(self.translation * size)
            shift = (drawn[:, place] * (2 * most + 1)).floor().long() - most  # b
            source = torch.arange(size, device=video.device) - shift[:, None]  # b size
            shape = [len(video), 1, 1, 1, 1]
            shape[axis] = size
            inside = ((source >= 0) & (source < size)).reshape(shape)
            index = source.clamp(0, size - 1).reshape(shape).expand_as(video)
            video = video.gather(axis, index) * inside.to(video)
        rows, columns = (
            self.hidden(size, drawn[:, place]) for size, place in ((video.shape[3], 5), (video.shape[4], 6))
        )
        hole = rows[:, :, None] & columns[:, None, :]  # b h w
        return video * (~hole)[:, None, None].to(video)

    def hidden(self, size: int, drawn: PerClip) -> Bool[Tensor, "b _"]:
        """Which of so many places in a row the hole hides; it may hang over either end."""
        wide = int(self.cutout * size + 0.5)
        middle = (drawn * (size + 1 - wide % 2)).floor()  # an even hole's lies between two places
        place = torch.arange(size, device=drawn.device) - middle[:, None]  # b size
        return (place >= -(wide // 2)) & (place < wide - wide // 2)
