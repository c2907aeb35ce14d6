"""What a clip is told besides its picture, as one vector: label and amount of motion.

Classifier-free dropping (Ho and Salimans 2022, algorithm 1) needs an embedding for "not told".
"""

import torch
from torch import Tensor, nn

from kineograph.core.types import Condition
from kineograph.networks.blocks.fourier import fourier

MOTION_FEATURES = 8  # told apart on a scale of log(1 + motion), which lies in about 0..2


class ClipEmbedding(nn.Module):
    """A vector a clip. Row 0 of the label table is "not told"; the amount of motion has its own learned null."""

    def __init__(self, *, num_classes: int, dim: int):
        super().__init__()
        self.label = nn.Embedding(num_classes + 1, dim)
        self.motion = nn.Linear(MOTION_FEATURES, dim)
        self.no_motion = nn.Parameter(torch.zeros(dim))
        nn.init.normal_(self.label.weight, std=0.02)

    def forward(self, condition: Condition) -> Tensor:
        told = ~condition.motion.isnan()
        amount = torch.where(told, condition.motion, 0.0).clamp(min=0.0).log1p()
        motion = torch.where(told[:, None], self.motion(fourier(amount, MOTION_FEATURES, 4.0)), self.no_motion)
        return self.label(condition.label + 1) + motion  # b d
