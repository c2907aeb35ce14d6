"""Zooms into or out of whole clips and shifts them; beyond the border its pixels are repeated."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip

# Cubic convolution (Keys 1981) with a = -3/4, as in torch and OpenCV: what a place t beyond a pixel takes of the pixel
# before that one, of itself and of the two after it, as polynomials in t (rows: 1, t, t^2, t^3).
CUBIC = [[0, 1, 0, 0], [-0.75, 0, 0.75, 0], [1.5, -2.25, 1.5, -0.75], [-0.75, 1.25, -1.25, 0.75]]


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
        video = clip.video.new_empty(clip.video.shape)  # in order, whatever the order of the old one
        for new, old, row, column in zip(video, clip.video, down, across, strict=True):
            # Nothing turns, so rows and columns are read one after the other: two products of matrices.
            frames = old.flatten(0, 1)  # t*c h w
            frames = torch.bmm(row.expand(len(frames), -1, -1), frames)
            torch.mm(frames.flatten(0, 1), column.T, out=new.flatten(0, 2)).clamp_(-1, 1)
        return clip._replace(video=video)


def bicubic(size: int, step: Float[Tensor, "b"], shift: Float[Tensor, "b"]) -> Float[Tensor, "b size size"]:
    """What each new pixel of a line takes of each old one, read ``step`` apart and ``shift`` of the line further on."""
    middle = (size - 1) / 2
    places = torch.arange(-middle, middle + 1, device=step.device) * step[:, None] + (middle + shift * size)[:, None]
    pixels = places.floor()
    powers = (places - pixels)[..., None] ** torch.arange(4, device=step.device)
    weights = powers @ torch.tensor(CUBIC).to(powers)  # b size 4
    taps = pixels.long()[..., None] + torch.arange(-1, 3, device=step.device)
    return torch.zeros(len(step), size, size).to(weights).scatter_add_(2, taps.clamp_(0, size - 1), weights)
