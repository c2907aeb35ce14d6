"""A picture from a vector by transposed convolutions, frame by frame (DCGAN, arXiv 1511.06434, section 3)."""

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Video
from kineograph.networks.blocks.known_pyramid import KnownPyramid


class FrameDecoder(nn.Module):
    """Frames in [-1, 1]; each of ``dims`` is doubled in height and width. Sees the given pictures at every size."""

    def __init__(self, *, channels: int, height: int, width: int, vector_dim: int, dims: list[int], known_dim: int):
        super().__init__()
        self.start = (dims[0], height >> len(dims), width >> len(dims))
        self.enter = nn.Linear(vector_dim, math.prod(self.start))
        self.known = KnownPyramid(channels=channels, dims=[known_dim] * (len(dims) + 1))
        self.norms = nn.ModuleList(nn.GroupNorm(max(dim // 8, 1), dim) for dim in dims)
        self.layers = nn.ModuleList(
            nn.ConvTranspose2d(before + known_dim, after, 4, stride=2, padding=1)
            for before, after in zip(dims, [*dims[1:], channels], strict=True)
        )

    def forward(self, vectors: Float[Tensor, "b t e"], condition: Condition) -> Video:
        x = rearrange(self.enter(vectors).unflatten(2, self.start), "b t d h w -> (b t) d h w")
        pictures = self.known(condition)[:0:-1]  # coarse to fine, but for the film's own size
        for layer, norm, picture in zip(self.layers, self.norms, pictures, strict=True):
            told = rearrange(picture, "b t d h w -> (b t) d h w")
            x = layer(torch.cat([F.relu(norm(x)), told], dim=1))  # (b t) d' 2h 2w
        return rearrange(torch.tanh(x), "(b t) c h w -> b t c h w", t=vectors.shape[1])
