"""Films as functions of continuous time: a style-based picture generator fed with a motion vector for every moment
(Skorokhodov et al. 2022, "StyleGAN-V", arXiv 2112.14683, section 3.1; the layers of arXiv 1912.04958, section 4.1)."""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.networks.blocks.continuous_motion import ContinuousMotion
from kineograph.networks.blocks.known_pyramid import KnownPyramid
from kineograph.networks.blocks.modulated_conv import ModulatedConv
from kineograph.networks.blocks.paint_over import PaintOver
from kineograph.networks.blocks.told_embedding import ToldEmbedding

GAIN = math.sqrt(2)  # of the rectifiers, so that features keep their size: demodulation reckons with inputs of size 1


class ContinuousGenerator(nn.Module):
    """A generator (protocols.Generator) of any number of frames at any rate; frames depend on their moment alone.

    The first of ``dims`` is the size of the constant, each next one is twice as high and wide. Given pixels come back.
    """

    def __init__(
        self,
        *,
        channels: int,
        height: int,
        width: int,
        content_dim: int,
        style_dim: int,
        mapping_depth: int,
        motion_dim: int,
        num_waves: int,
        distance: float | int,  # seconds between motion codes
        shortest: float | int,  # periods of the waves, in seconds
        longest: float | int,
        num_classes: int,
        text_dim: int,
        dims: list[int],
        known_dim: int,
    ):
        super().__init__()
        self.content_dim = content_dim
        steps = len(dims) - 1
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=content_dim)
        widths = [2 * content_dim, *[style_dim] * mapping_depth]
        self.mapping = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        for layer in self.mapping:
            nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
            nn.init.zeros_(layer.bias)
        self.motion = ContinuousMotion(
            motion_dim=motion_dim, num_waves=num_waves, distance=distance, shortest=shortest, longest=longest
        )
        self.constant = nn.Parameter(torch.randn(dims[0], height >> steps, width >> steps))
        self.known = KnownPyramid(channels=channels, dims=[known_dim] * len(dims))
        befores = [dims[0] + motion_dim, *dims[:-1]]
        self.first = nn.ModuleList(
            ModulatedConv(dim_in=before + known_dim, dim_out=after, kernel=3, style_dim=style_dim, demodulate=True)
            for before, after in zip(befores, dims, strict=True)
        )
        self.second = nn.ModuleList(
            ModulatedConv(dim_in=dim, dim_out=dim, kernel=3, style_dim=style_dim, demodulate=True) for dim in dims
        )
        self.picture = nn.ModuleList(
            ModulatedConv(dim_in=dim, dim_out=channels, kernel=1, style_dim=style_dim, demodulate=False) for dim in dims
        )
        self.paint = PaintOver(dim=dims[-1])

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        content = F.normalize(noise.normal(self.content_dim)) * self.content_dim**0.5  # on the sphere; truncated inside
        return Codes(content, self.motion.draw(condition.times, noise))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        style = torch.cat([latent.content, self.told(condition)], dim=1)
        for layer in self.mapping:
            style = GAIN * F.leaky_relu(layer(style), 0.2)
        t = condition.num_frames
        style = repeat(style, "b s -> (b t) s", t=t)
        motion = rearrange(self.motion(latent.motion, condition.times), "b t e -> (b t) e 1 1")
        start = self.constant.expand(len(motion), -1, -1, -1)
        x = torch.cat([start, motion.expand(-1, -1, *start.shape[2:])], dim=1)  # (b t) d+e h0 w0
        film = x.new_zeros(len(x), 1, *x.shape[2:])
        for place, known in enumerate(reversed(self.known(condition))):
            if place > 0:
                x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
                film = F.interpolate(film, scale_factor=2.0, mode="bilinear")
            x = torch.cat([x, rearrange(known, "b t d h w -> (b t) d h w")], dim=1)
            x = GAIN * F.leaky_relu(self.first[place](x, style), 0.2)
            x = GAIN * F.leaky_relu(self.second[place](x, style), 0.2)
            film = film + self.picture[place](x, style)
        video, features = (rearrange(y, "(b t) c h w -> b t c h w", t=t) for y in (film, x))
        return Generated(self.paint(video, features, condition), {})
