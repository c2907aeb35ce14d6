"""A picture from a vector by transposed convolutions, frame by frame (DCGAN, arXiv 1511.06434, section 3)."""

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Video
from kineograph.networks.blocks.known_pyramid import KnownPyramid
from kineograph.networks.blocks.paint_over import PaintOver


class FrameDecoder(nn.Module):
    """Frames in [-1, 1], painted over the given pictures; each of ``dims`` is doubled in height and width."""

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
        self.paint = PaintOver(dim=dims[-1] + known_dim)

    def forward(self, vectors: Float[Tensor, "b t e"], condition: Condition) -> Video:
        x = rearrange(self.enter(vectors).unflatten(2, self.start), "b t d h w -> (b t) d h w")
        pictures = self.known(condition)[:0:-1]  # coarse to fine, but for the film's own size
        for layer, norm, picture in zip(self.layers, self.norms, pictures, strict=True):
            told = rearrange(picture, "b t d h w -> (b t) d h w")
            features = torch.cat([F.relu(norm(x)), told], dim=1)
            x = layer(features)  # (b t) d' 2h 2w
        t = vectors.shape[1]
        video, features = (rearrange(y, "(b t) c h w -> b t c h w", t=t) for y in (torch.tanh(x), features))
        return self.paint(video, features, condition)
