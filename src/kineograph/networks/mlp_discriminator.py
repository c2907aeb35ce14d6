"""The first GAN's judge: fully connected layers from all pixels to one score (Goodfellow et al. 2014,
arXiv 1406.2661, section 5), told by projection (arXiv 1802.05637, equation 3)."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from kineograph.core.types import Condition, Judged, Video
from kineograph.networks.blocks.told_embedding import ToldEmbedding


class MlpDiscriminator(nn.Module):
    """Scores b, one a film of one shape. Sees the film, the given pixels and which are given."""

    def __init__(
        self,
        *,
        num_frames: int,
        channels: int,
        height: int,
        width: int,
        num_classes: int,
        text_dim: int,
        dims: list[int],
    ):
        super().__init__()
        places = num_frames * height * width
        self.layers = nn.ModuleList(
            nn.Linear(before, after) for before, after in pairwise([places * (2 * channels + 1), *dims])
        )
        self.head = nn.Linear(dims[-1], 1)
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=dims[-1])

    def forward(self, video: Video, condition: Condition) -> Judged:
        x = torch.cat([video, condition.known, condition.mask], dim=2).flatten(1)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        told = (self.told(condition) * x).sum(dim=1) * x.shape[1] ** -0.5
        return Judged(self.head(x)[:, 0] + told, features)
