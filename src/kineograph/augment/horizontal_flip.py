"""Mirrors whole clips left to right."""

import torch
from torchvision.transforms.v2 import functional as F

from kineograph.core.random import Noise
from kineograph.core.types import Clip


class HorizontalFlip:
    """Each clip is mirrored with this probability.

    What is told of it stays: captions, labels and factors that name a side or a direction are then false.
    """

    variants = 2

    def __init__(self, *, probability: float | int):
        self.probability = float(probability)

    def __call__(self, clip: Clip, noise: Noise) -> Clip:
        turned = noise.bernoulli(self.probability).tolist()
        video = [F.horizontal_flip(one) if turn else one for one, turn in zip(clip.video, turned, strict=True)]
        return clip._replace(video=torch.stack(video))
