"""Turns the colour wheel, and changes saturation and contrast, the same for every frame of a clip.

Greys stay grey and, but for the contrast, keep their lightness, so a white background stays white.
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip

# Luma and two colour differences (the YIQ matrix of NTSC television).
TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
# What lightness, the colours as they are, and the colours turned by a quarter add to a pixel, in RGB.
PLANES = np.array([np.diag([1, 0, 0]), np.diag([0, 1, 1]), [[0, 0, 0], [0, 0, -1], [0, 1, 0]]])
KEPT_AND_TURNED = np.linalg.inv(TO_YIQ) @ PLANES @ TO_YIQ


class ColourJitter:
    """``hue`` is a share of half a turn, ``saturation`` and ``contrast`` are shares; each drawn from -x to x.

    Contrast is changed about white, so backgrounds do not jump. Pictures without colour change in contrast only. What
    is told of a clip stays: captions, labels and factors that name a colour are then false.
    Raises UserError for a share outside [0, 1].
    """

    def __init__(self, *, hue: float | int, saturation: float | int, contrast: float | int):
        for name, share in (("hue", hue), ("saturation", saturation), ("contrast", contrast)):
            if not 0 <= share <= 1:
                raise UserError(f"data.augment.colour_jitter.{name} is {share}; a share lies in [0, 1]")
        self.hue = hue
        self.saturation = saturation
        self.contrast = contrast

    def __call__(self, clip: Clip, noise: Noise) -> Clip:
        draw = noise.uniform(3).to(clip.video) * 2 - 1  # b 3
        b, t, c, h, w = clip.video.shape
        if c == 3:
            matrix = self.matrix(draw[:, 0] * self.hue * math.pi, 1 + draw[:, 1] * self.saturation)
        else:
            matrix = torch.eye(c).to(draw).expand(b, c, c)
        contrast = (1 + draw[:, 2] * self.contrast)[:, None, None]
        # 1 - (1 - matrix @ video) * contrast, in one pass over the pixels
        matrix, white = (matrix * contrast).repeat_interleave(t, 0), (1 - contrast).repeat_interleave(t, 0)
        video = torch.baddbmm(white, matrix, clip.video.reshape(b * t, c, h * w)).clamp_(-1, 1)
        return clip._replace(video=video.reshape(b, t, c, h, w))

    def matrix(self, angle: Float[Tensor, "b"], saturation: Float[Tensor, "b"]) -> Float[Tensor, "b 3 3"]:
        """RGB -> YIQ, the colour plane turned and stretched, -> RGB."""
        parts = torch.from_numpy(KEPT_AND_TURNED).to(angle)
        turned = torch.stack([torch.ones_like(angle), saturation * angle.cos(), saturation * angle.sin()], dim=1)
        return torch.einsum("bk,kij->bij", turned, parts)
