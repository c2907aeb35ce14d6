"""A film by transposed convolutions in space and time (Vondrick et al. 2016, "VGAN", arXiv 1609.02612, the
one-stream generator; the layers of DCGAN, arXiv 1511.06434, section 3).

Instead of one code for a film of fixed length, every coarse moment has its motion code beside the film's content code,
so films may have any length. Norms are those of one clip, so that no sample depends on its batch.
"""

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.networks.blocks.fourier import fourier
from kineograph.networks.blocks.known_pyramid import KnownPyramid
from kineograph.networks.blocks.paint_over import PaintOver
from kineograph.networks.blocks.told_embedding import ToldEmbedding

TIME_FEATURES = 16
LONGEST = 64.0  # seconds told apart


class DcganVideo(nn.Module):
    """A generator (protocols.Generator). Each of ``dims`` is doubled in height and width, and in time by its stride.

    Given pixels come back exactly. Height and width are multiples of 2^(number of dims).
    """

    def __init__(
        self,
        *,
        channels: int,
        height: int,
        width: int,
        content_dim: int,
        motion_dim: int,
        num_classes: int,
        text_dim: int,
        dims: list[int],  # features before each transposed convolution, coarse to fine
        time_strides: list[int],  # 1 or 2 each
        known_dim: int,  # features of the given pictures at each size
    ):
        super().__init__()
        self.codes = (content_dim, motion_dim)
        self.start = (dims[0], height >> len(dims), width >> len(dims))
        self.time_strides = time_strides
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=content_dim)
        self.enter = nn.Linear(2 * content_dim + motion_dim + TIME_FEATURES, math.prod(self.start))
        self.known = KnownPyramid(channels=channels, dims=[known_dim] * (len(dims) + 1))
        self.norms = nn.ModuleList(nn.GroupNorm(max(dim // 8, 1), dim) for dim in dims)
        self.layers = nn.ModuleList(
            nn.ConvTranspose3d(before + known_dim, after, (2 + stride, 4, 4), stride=(stride, 2, 2), padding=1)
            for before, after, stride in zip(dims, [*dims[1:], channels], time_strides, strict=True)
        )
        self.paint = PaintOver(dim=dims[-1] + known_dim)

    @property
    def frames_a_moment(self) -> int:
        return math.prod(self.time_strides)

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        content_dim, motion_dim = self.codes
        moments = math.ceil(condition.num_frames / self.frames_a_moment)
        return Codes(noise.normal(content_dim), noise.normal(moments, motion_dim))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        moments = latent.motion.shape[1]
        step = self.frames_a_moment
        times = condition.times - condition.times[:, :1]
        content = torch.cat([latent.content, self.told(condition)], dim=1)[:, None].expand(-1, moments, -1)
        when = fourier(times[:, ::step], TIME_FEATURES, LONGEST)
        x = self.enter(torch.cat([content, latent.motion, when], dim=2))  # b n d0*h0*w0
        x = x.unflatten(2, self.start).transpose(1, 2)  # b d n h w
        pictures = self.known(condition)[:0:-1]  # coarse to fine, but for the film's own size
        for layer, norm, picture, stride in zip(self.layers, self.norms, pictures, self.time_strides, strict=True):
            told = rearrange(picture[:, ::step], "b n d h w -> b d n h w")
            told = F.pad(told, (0, 0, 0, 0, 0, x.shape[2] - told.shape[2]), mode="replicate")  # beyond the film's end
            features = torch.cat([F.relu(norm(x)), told], dim=1)
            x = layer(features)  # b d' n*stride 2h 2w
            step //= stride
        video = torch.tanh(x.transpose(1, 2)[:, : condition.num_frames])
        seen = features.repeat_interleave(self.time_strides[-1], dim=2).transpose(1, 2)[:, : condition.num_frames]
        return Generated(self.paint(video, seen, condition), {})
