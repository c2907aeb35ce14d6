"""Reads a generator's codes off its film: InfoGAN's Q (Chen et al. 2016, arXiv 1606.03657, section 5), a network of
its own here, so that no judge is bent by it."""

import torch
import torch.nn.functional as F
from einops import rearrange, reduce
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from kineograph.core.types import Video


class CodeReader(nn.Module):
    """``answer_dim`` numbers a film; each of ``dims`` halves height and width. Sees frames and their changes."""

    def __init__(self, *, channels: int, dims: list[int], time_strides: list[int], answer_dim: int):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv3d(before, after, (3, 4, 4), stride=(stride, 2, 2), padding=1)
            for before, after, stride in zip([2 * channels, *dims[:-1]], dims, time_strides, strict=True)
        )
        self.head = nn.Linear(dims[-1], answer_dim)

    def forward(self, video: Video) -> Float[Tensor, "b k"]:
        change = pad(video.diff(dim=1), (0, 0, 0, 0, 0, 0, 1, 0))
        x = rearrange(torch.cat([video, change], dim=2), "b t c h w -> b c t h w")
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return self.head(reduce(x, "b d t h w -> b d", "mean"))
