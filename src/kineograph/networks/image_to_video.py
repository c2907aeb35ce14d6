"""An encoder of the given pictures and a decoder of frames, joined by skips at every size (Ronneberger et al.
2015, arXiv 1505.04597; from a picture to a film as Vondrick et al. 2016, arXiv 1609.02612)."""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.networks.blocks.fourier import fourier
from kineograph.networks.blocks.known_pyramid import KnownPyramid
from kineograph.networks.blocks.paint_over import PaintOver
from kineograph.networks.blocks.space_time_residual import SpaceTimeResidual
from kineograph.networks.blocks.told_embedding import ToldEmbedding

TIME_FEATURES = 16
LONGEST = 64.0  # seconds told apart


class ImageToVideo(nn.Module):
    """A generator (protocols.Generator) of films of any length and any size that halves often enough.

    Frames share what they see of the given pictures; codes, time and what is told steer each frame's features, and
    convolutions in time join them. Given pixels come back exactly.
    """

    def __init__(
        self,
        *,
        channels: int,
        content_dim: int,
        motion_dim: int,  # of each frame's code
        num_classes: int,
        text_dim: int,
        dims: list[int],  # features at each size, fine to coarse
        frame_dim: int,  # of the vector that steers each frame
    ):
        super().__init__()
        self.content_dim = content_dim
        self.motion_dim = motion_dim
        self.encoder = KnownPyramid(channels=channels, dims=dims)
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=frame_dim)
        self.frame = nn.Linear(content_dim + motion_dim + TIME_FEATURES, frame_dim)
        self.start = nn.Linear(frame_dim, dims[-1])
        self.blocks = nn.ModuleList(SpaceTimeResidual(dim=dim, cond_dim=frame_dim) for dim in reversed(dims))
        self.up = nn.ModuleList(
            nn.Conv2d(before, after, 1) for before, after in zip(dims[:0:-1], dims[-2::-1], strict=True)
        )
        self.leave = nn.Conv2d(dims[0], channels, 3, padding=1)
        self.paint = PaintOver(dim=dims[0])

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        return Codes(noise.normal(self.content_dim), noise.normal(condition.num_frames, self.motion_dim))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        t = condition.num_frames
        when = fourier(condition.times - condition.times[:, :1], TIME_FEATURES, LONGEST)
        content = latent.content[:, None].expand(-1, t, -1)
        told = self.told(condition)[:, None]
        cond = F.silu(self.frame(torch.cat([content, latent.motion, when], dim=2)) + told)  # b t e
        levels = [rearrange(level, "b t d h w -> (b t) d h w") for level in reversed(self.encoder(condition))]
        x = levels[0] + rearrange(self.start(cond), "b t d -> (b t) d 1 1")
        for place, block in enumerate(self.blocks):
            if place > 0:
                x = F.interpolate(self.up[place - 1](x), scale_factor=2.0, mode="bilinear") + levels[place]
            x = block(x, cond)
        x = F.silu(x)
        video, features = (rearrange(y, "(b t) c h w -> b t c h w", t=t) for y in (torch.tanh(self.leave(x)), x))
        return Generated(self.paint(video, features, condition), {})
