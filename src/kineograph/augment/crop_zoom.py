"""Zooms into or out of whole clips and shifts them; beyond the border its pixels are repeated."""

import torch.nn.functional as F
from einops import rearrange

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip


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
        b, t, c, h, w = clip.video.shape
        draw = noise.uniform(3).to(clip.video) * 2 - 1  # b 3
        theta = clip.video.new_zeros(b, 2, 3)
        theta[:, 0, 0] = theta[:, 1, 1] = 1 / (1 + draw[:, 0] * self.zoom)
        theta[:, :, 2] = draw[:, 1:] * self.shift * 2  # grid coordinates span 2
        grid = F.affine_grid(theta, [b, t * c, h, w], align_corners=False)
        frames = rearrange(clip.video, "b t c h w -> b (t c) h w")
        moved = F.grid_sample(frames, grid, mode="bicubic", padding_mode="border", align_corners=False)
        return clip._replace(video=rearrange(moved, "b (t c) h w -> b t c h w", t=t).clamp(-1, 1))
