"""A condition with the first frame given, and its clip."""

import pytest
import torch

from kineograph.core.types import Clip, Condition


@pytest.fixture
def clip():
    video = (torch.rand(3, 4, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 255).round() / 127.5 - 1
    return Clip(video, (torch.arange(4) / 12).expand(3, 4), torch.zeros(3, dtype=torch.long), torch.zeros(3, 1, 1),
                torch.zeros(3, 1, dtype=torch.bool), torch.zeros(3, 0), torch.arange(3))  # fmt: skip


@pytest.fixture
def condition(clip):
    mask = torch.zeros_like(clip.video[:, :, :1])
    mask[:, 0] = 1
    untold = torch.full((3,), torch.nan)
    return Condition(clip.video * mask, mask, clip.times, clip.label, clip.text, clip.text_mask, untold)
