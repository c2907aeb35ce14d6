"""A frame and its change since the frame before, for any judge (appearance and motion side by side as
in Simonyan and Zisserman 2014, arXiv 1406.2199, differences instead of flow)."""

import torch
from torch import nn
from torch.nn.functional import pad

from kineograph.core.types import Condition, Judged, Video


class TemporalDifferenceDiscriminator(nn.Module):
    """Hands its judge films of twice the channels: each frame, and ``gain`` times its change (zero at the first)."""

    def __init__(self, *, judge: nn.Module, gain: float | int):
        super().__init__()
        self.judge = judge
        self.gain = gain  # neighbouring frames differ by little

    def forward(self, video: Video, condition: Condition) -> Judged:
        change = pad(self.gain * video.diff(dim=1), (0, 0, 0, 0, 0, 0, 1, 0))
        return self.judge(torch.cat([video, change], dim=2), condition)
