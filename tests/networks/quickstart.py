"""Small films and conditions for the tests of the quickstart networks."""

import torch

from kineograph.core.types import Condition, Video


def film(batch: int, num_frames: int, height: int, width: int) -> Video:
    generator = torch.Generator().manual_seed(batch + num_frames + height + width)
    return torch.rand(batch, num_frames, 3, height, width, generator=generator) * 2 - 1


def condition(video: Video, known: list[int]) -> Condition:
    """The frames ``known`` given; nothing else told."""
    batch, num_frames = video.shape[:2]
    mask = torch.zeros_like(video[:, :, :1])
    mask[:, known] = 1
    return Condition(
        known=video * mask,
        mask=mask,
        times=torch.arange(num_frames)[None].expand(batch, -1) / 12,
        label=torch.full((batch,), -1),
        text=torch.zeros(batch, 1, 1),
        text_mask=torch.zeros(batch, 1, dtype=torch.bool),
        motion=torch.full((batch,), torch.nan),
    )
