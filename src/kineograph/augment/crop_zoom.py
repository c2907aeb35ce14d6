"""Zooms into or out of whole clips and shifts them; beyond the border its pixels are repeated."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip

SHARPNESS = -0.75  # of the cubic (Keys 1981, "a"), as in torch and OpenCV


class CropZoom:
    """Scale 1 - ``zoom`` .. 1 + ``zoom`` and a shift of up to ``shift`` of the picture's size, one draw a clip.

    Bicubic, which keeps small clips nearly as sharp as they were. Raises UserError for a zoom or shift outside [0, 1).
    """

    def __init__(self, *, zoom: float | int, shift: float | int):
        for name, share in (("zoom", zoom), ("shift", shift)):
            if not 0 <= share < 1:
                raise UserError(f"data.augment.crop_zoom.{name} is {share}; it lies in [0, 1)")
        self.zoom = zoom
        self.shift = shift

    def __call__(self, clip: Clip, noise: Noise) -> Clip:
        draw = noise.uniform(3).to(clip.video) * 2 - 1  # b 3
        step = 1 / (1 + draw[:, 0] * self.zoom)
        across = bicubic(clip.video.shape[4], step, draw[:, 1] * self.shift)
        down = bicubic(clip.video.shape[3], step, draw[:, 2] * self.shift)
        video = torch.empty_like(clip.video)
        for new, old, row, column in zip(video, clip.video, down, across, strict=True):
            # Nothing turns, so rows and columns are read one after the other: two products of matrices.
            frames = old.flatten(0, 1)  # t*c h w
            frames = torch.bmm(row.expand(len(frames), -1, -1), frames)
            torch.mm(frames.flatten(0, 1), column.T, out=new.flatten(0, 2)).clamp_(-1, 1)
        return clip._replace(video=video)


def bicubic(size: int, step: Float[Tensor, "b"], shift: Float[Tensor, "b"]) -> Float[Tensor, "b size size"]:
    """What each new pixel of a line takes of each old one, read ``step`` apart and ``shift`` of the line further on."""
    middle = (size - 1) / 2
    places = torch.arange(size, device=step.device) - middle
    places = places * step[:, None] + middle + shift[:, None] * size  # b size
    first = places.floor() - 1
    taps = first[..., None] + torch.arange(4, device=step.device)  # b size 4
    far = (places[..., None] - taps).abs()
    a = SHARPNESS
    near = ((a + 2) * far - (a + 3)) * far**2 + 1
    weights = torch.where(far <= 1, near, ((a * far - 5 * a) * far + 8 * a) * far - 4 * a)
    line = torch.zeros(len(step), size, size).to(weights)
    return line.scatter_add_(2, taps.long().clamp(0, size - 1), weights)
