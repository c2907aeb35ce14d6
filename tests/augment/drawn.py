"""A noise whose draws are told, and clips whose every frame and pixel differs."""

import torch

from kineograph.core.random import Noise
from kineograph.core.types import Clip


class Drawn(Noise):
    """Uniform draws are these numbers, one list a call, the same for every clip; a bernoulli is their first."""

    def __init__(self, *uniform: list[float]):
        super().__init__([0])
        self.waiting = list(uniform)

    def uniform(self, *shape: int) -> torch.Tensor:
        draw = torch.tensor([self.waiting.pop(0)])
        return draw[:, 0] if not shape else draw.reshape(1, *shape)


def moving(batch: int = 1, channels: int = 3, height: int = 9, width: int = 9) -> Clip:
    video = torch.rand(batch, 4, channels, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return Clip(
        video=video,
        times=torch.arange(4.0).expand(batch, -1),
        label=torch.zeros(batch, dtype=torch.long),
        text=torch.zeros(batch, 0, 4),
        text_mask=torch.zeros(batch, 0, dtype=torch.bool),
        factors=torch.zeros(batch, 0),
        key=torch.arange(batch),
    )
