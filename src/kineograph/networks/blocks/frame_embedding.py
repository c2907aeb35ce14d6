"""What each frame is told besides pixels: its noise level, its time, and the clip's label and amount of motion."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Level
from kineograph.networks.blocks.clip_embedding import ClipEmbedding
from kineograph.networks.blocks.fourier import fourier

LEVEL_FEATURES = 16
TIME_FEATURES = 16


class FrameEmbedding(nn.Module):
    """One vector a frame; levels may differ from frame to frame, times are taken from the film's first frame."""

    def __init__(self, *, num_classes: int, dim: int):
        super().__init__()
        self.clip = ClipEmbedding(num_classes=num_classes, dim=dim)
        self.enter = nn.Linear(LEVEL_FEATURES + TIME_FEATURES, dim)
        self.mix = nn.Linear(dim, dim)

    def forward(self, level: Level, condition: Condition) -> Float[Tensor, "b t e"]:
        if level.ndim == 1:
            level = level[:, None].expand(-1, condition.num_frames)
        times = fourier(condition.times - condition.times[:, :1], TIME_FEATURES, 64.0)
        features = torch.cat([fourier(level, LEVEL_FEATURES, 4.0), times.to(level.dtype)], dim=-1)
        return F.silu(self.mix(F.silu(self.enter(features) + self.clip(condition)[:, None])))
