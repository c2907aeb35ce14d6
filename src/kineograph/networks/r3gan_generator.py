"""The modern baseline's generator in pure PyTorch, on continuous motion codes: no normalisation, grouped residual
blocks (Huang et al. 2024, "R3GAN", arXiv 2501.05441, section 3; motion as in arXiv 2112.14683, section 3.1)."""

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.networks.blocks.continuous_motion import ContinuousMotion
from kineograph.networks.blocks.grouped_residual import GroupedResidual
from kineograph.networks.blocks.known_pyramid import KnownPyramid
from kineograph.networks.blocks.paint_over import PaintOver
from kineograph.networks.blocks.told_embedding import ToldEmbedding


class R3ganGenerator(nn.Module):
    """A generator (protocols.Generator) of any number of frames at any rate; given pixels come back exactly.

    The first of ``dims`` is the size of the learned basis, each next one is twice as high and wide.
    """

    def __init__(
        self,
        *,
        channels: int,
        height: int,
        width: int,
        content_dim: int,
        motion_dim: int,
        num_waves: int,
        distance: float | int,  # seconds between motion codes
        shortest: float | int,  # periods of the waves, in seconds
        longest: float | int,
        num_classes: int,
        text_dim: int,
        dims: list[int],
        num_blocks: int,  # at each size
        expansion: int,
        group_dim: int,  # features of each group of the 3x3 convolutions
        known_dim: int,
    ):
        super().__init__()
        self.content_dim = content_dim
        steps = len(dims) - 1
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=content_dim)
        self.motion = ContinuousMotion(
            motion_dim=motion_dim, num_waves=num_waves, distance=distance, shortest=shortest, longest=longest
        )
        self.basis = nn.Parameter(torch.randn(dims[0], height >> steps, width >> steps))
        self.enter = nn.Linear(2 * content_dim + motion_dim, dims[0], bias=False)
        self.widen = nn.ModuleList(
            nn.Conv2d(before, after, 1, bias=False) if before != after else nn.Identity()
            for before, after in zip([dims[0], *dims[:-1]], dims, strict=True)
        )
        self.known = KnownPyramid(channels=channels, dims=[known_dim] * len(dims))
        self.look = nn.ModuleList(nn.Conv2d(known_dim, dim, 1, bias=False) for dim in dims)
        depth = num_blocks * len(dims)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *[
                    GroupedResidual(dim=dim, expansion=expansion, group_dim=group_dim, depth=depth)
                    for _ in range(num_blocks)
                ]
            )
            for dim in dims
        )
        self.leave = nn.Conv2d(dims[-1], channels, 1, bias=False)
        self.paint = PaintOver(dim=dims[-1])
        for layer in (self.enter, *[widen for widen in self.widen if isinstance(widen, nn.Conv2d)], self.leave):
            nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.weight[0].numel()))

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        return Codes(noise.normal(self.content_dim), self.motion.draw(condition.times, noise))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        motion = self.motion(latent.motion, condition.times)  # b t e
        content = torch.cat([latent.content, self.told(condition)], dim=1)[:, None].expand(-1, motion.shape[1], -1)
        vectors = rearrange(self.enter(torch.cat([content, motion], dim=2)), "b t d -> (b t) d 1 1")
        x = self.basis * vectors  # (b t) d h0 w0
        for place, known in enumerate(reversed(self.known(condition))):
            x = self.widen[place](x)
            if place > 0:
                x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
            x = self.blocks[place](x + self.look[place](rearrange(known, "b t d h w -> (b t) d h w")))
        video, features = (rearrange(y, "(b t) c h w -> b t c h w", t=motion.shape[1]) for y in (self.leave(x), x))
        return Generated(self.paint(video, features, condition), {})
