"""Turns whole clips about their middle."""

import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip


class Rotation:
    """With this probability a clip is turned by an angle from -``degrees`` to ``degrees``, one draw a clip.

    What comes in at the corners has the level ``fill``: 1 is white, -1 black. Bilinear. Raises UserError for a
    probability or level out of range.
    """

    def __init__(self, *, probability: float | int, degrees: float | int, fill: float | int):
        if not 0 <= probability <= 1:
            raise UserError(f"data.augment.rotation.probability is {probability}; it lies in [0, 1]")
        if not -1 <= fill <= 1:
            raise UserError(f"data.augment.rotation.fill is {fill}; levels lie in [-1, 1]")
        self.probability = float(probability)
        self.degrees = degrees
        self.fill = float(fill)

    def __call__(self, clip: Clip, noise: Noise) -> Clip:
        turned = noise.bernoulli(self.probability).tolist()
        angles = ((noise.uniform() * 2 - 1) * self.degrees).tolist()
        fill = [self.fill] * clip.video.shape[2]
        video = [
            F.rotate(one, angle, InterpolationMode.BILINEAR, fill=fill) if turn else one
            for one, turn, angle in zip(clip.video, turned, angles, strict=True)
        ]
        return clip._replace(video=torch.stack(video))
