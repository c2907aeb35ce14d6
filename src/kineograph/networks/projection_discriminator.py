"""Class, caption and amount of motion told to any judge of clips by projection (Miyato and Koyama 2018,
arXiv 1802.05637, equation 3)."""

import torch
from einops import reduce
from torch import nn

from kineograph.core.types import Condition, Judged, Video
from kineograph.networks.blocks.told_embedding import ToldEmbedding


class ProjectionDiscriminator(nn.Module):
    """Every score of a film is raised by <what is told, the judge's last features averaged over the film>.

    The judge's last features are ``feature_dim`` numbers at any places, b d ...
    """

    def __init__(self, *, judge: nn.Module, feature_dim: int, num_classes: int, text_dim: int):
        super().__init__()
        self.judge = judge
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=feature_dim)

    def forward(self, video: Video, condition: Condition) -> Judged:
        scores, features = self.judge(video, condition)
        film = reduce(features[-1], "b d ... -> b d", "mean")
        fits = torch.einsum("bd,bd->b", self.told(condition), film) * film.shape[1] ** -0.5
        return Judged(scores + fits.reshape(-1, *[1] * (scores.ndim - 1)), features)
