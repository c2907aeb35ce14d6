"""Cuts a piece out of whole clips and brings it back to their size."""

import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip


class RandomCrop:
    """With this probability a piece of ``smallest`` to 1 of each side is kept, at any place, one draw a clip.

    Bicubic; the aspect stays but for whole pixels. Raises UserError for a share or probability out of range.
    """

    def __init__(self, *, probability: float | int, smallest: float | int):
        if not 0 <= probability <= 1:
            raise UserError(f"data.augment.random_crop.probability is {probability}; it lies in [0, 1]")
        if not 0 < smallest <= 1:
            raise UserError(f"data.augment.random_crop.smallest is {smallest}; a share of the side lies in (0, 1]")
        self.probability = float(probability)
        self.smallest = smallest

    def __call__(self, clip: Clip, noise: Noise) -> Clip:
        cut = noise.bernoulli(self.probability).tolist()
        draws = noise.uniform(3).tolist()
        video = [
            self._cut(one, *draw) if chosen else one for one, chosen, draw in zip(clip.video, cut, draws, strict=True)
        ]
        return clip._replace(video=torch.stack(video))

    def _cut(self, video: torch.Tensor, size: float, down: float, right: float) -> torch.Tensor:
        h, w = video.shape[-2:]
        share = self.smallest + (1 - self.smallest) * size
        rows, columns = max(1, round(h * share)), max(1, round(w * share))
        top, left = round((h - rows) * down), round((w - columns) * right)
        piece = F.resized_crop(video, top, left, rows, columns, [h, w], InterpolationMode.BICUBIC)
        return piece.clamp(-1, 1)  # bicubic overshoots at edges
