"""What a clip is told besides pixels, caption included, as one vector.

The caption's words are averaged after a small network, as in "Deep Sets" (arXiv 1703.06114, theorem 2).
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition
from kineograph.networks.blocks.clip_embedding import ClipEmbedding


class ToldEmbedding(nn.Module):
    """Label, amount of motion and caption, each with its own learned "not told"; a vector a clip."""

    def __init__(self, *, num_classes: int, text_dim: int, dim: int):
        super().__init__()
        self.clip = ClipEmbedding(num_classes=num_classes, dim=dim)
        nn.init.normal_(self.clip.label.weight)  # of the size of the codes it stands beside
        self.words = nn.Sequential(nn.Linear(text_dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.no_text = nn.Parameter(torch.zeros(dim))

    def forward(self, condition: Condition) -> Float[Tensor, "b d"]:
        told = condition.text_mask.to(condition.text)  # b n
        share = told / told.sum(dim=1, keepdim=True).clamp(min=1)
        words = torch.einsum("bn,bnd->bd", share, self.words(condition.text))
        return self.clip(condition) + torch.where(condition.text_mask.any(dim=1)[:, None], words, self.no_text)
