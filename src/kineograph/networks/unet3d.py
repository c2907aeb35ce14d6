"""A space-time U-Net on pixels, factorised into picture and time layers (Ho et al. 2022, arXiv:2204.03458, Sec. 3).

Most of its width and depth lies where the picture is small, as Hoogeboom et al. 2023, arXiv:2301.11093, Sec. 3.3 do:
that is where parameters are cheap.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Level, Video
from kineograph.networks.blocks.axis_attention import SPACE, TIME, AxisAttention
from kineograph.networks.blocks.frame_embedding import FrameEmbedding
from kineograph.networks.blocks.rotary import place_angles, time_angles
from kineograph.networks.blocks.space_time_residual import SpaceTimeResidual
from kineograph.networks.blocks.unet_widths import num_groups, require_widths


class Unet3d(nn.Module):
    """A denoiser (protocols.Denoiser) for films of any length and size; the condition has the noisy film's size.

    Level i has ``widths[i]`` channels and ``depths[i]`` blocks on the way down and as many on the way up, each half the
    size of the one before; the smallest level also attends over space and time. Its answer is zero at birth. Raises
    UserError for widths that norms and heads do not divide.
    """

    def __init__(
        self,
        *,
        channels: int,  # of the film
        known_channels: int,  # of the condition's picture
        num_classes: int,
        cond_dim: int,  # of the vector a frame
        widths: list[int],
        depths: list[int],
        num_heads: int,
    ):
        super().__init__()
        require_widths(widths, depths, 4 * num_heads)
        self.num_heads = num_heads
        self.head_dim = widths[-1] // num_heads
        self.embedding = FrameEmbedding(num_classes=num_classes, dim=cond_dim)
        self.enter = nn.Conv2d(channels + known_channels + 1, widths[0], 3, padding=1)
        pairs = list(pairwise(widths))
        self.shrink = nn.ModuleList(nn.Conv2d(wide, deep, 2, stride=2) for wide, deep in pairs)
        self.grow = nn.ModuleList(nn.Conv2d(deep, wide, 1) for wide, deep in pairs)
        self.down, self.up = (
            nn.ModuleList(
                nn.ModuleList(SpaceTimeResidual(dim=width, cond_dim=cond_dim) for _ in range(depth))
                for width, depth in zip(widths, depths, strict=True)
            )
            for _ in range(2)
        )
        self.norms, self.attentions = nn.ModuleList(), nn.ModuleList()
        for axis in (SPACE, TIME):
            self.norms.append(nn.GroupNorm(num_groups(widths[-1]), widths[-1]))
            self.attentions.append(AxisAttention(dim=widths[-1], num_heads=num_heads, axis=axis))
        self.leave_norm = nn.GroupNorm(num_groups(widths[0]), widths[0])
        self.leave = nn.Conv2d(widths[0], channels, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        self.to(memory_format=torch.channels_last)

    def forward(self, noisy: Video, level: Level, condition: Condition) -> Video:
        num_frames, (h, w) = noisy.shape[1], noisy.shape[-2:]
        cond = self.embedding(level, condition)  # b t e
        x = torch.cat([noisy, condition.known, condition.mask], dim=2)
        x = rearrange(x, "b t c h w -> (b t) c h w").contiguous(memory_format=torch.channels_last)
        whole = 2 ** len(self.shrink)
        if h % whole or w % whole:
            x = F.pad(x, (0, -w % whole, 0, -h % whole), mode="replicate")

        x = self.enter(x)
        skips = []
        for place, blocks in enumerate(self.down):
            if place:
                x = self.shrink[place - 1](x)
            for block in blocks:  # pyright: ignore[reportGeneralTypeIssues]
                x = block(x, cond)
            skips.append(x)
        x = self.attend(x, condition.times)
        for place in reversed(range(len(self.up))):
            if place < len(self.grow):
                x = skips[place] + F.interpolate(self.grow[place](x), scale_factor=2.0, mode="nearest")
            for block in self.up[place]:  # pyright: ignore[reportGeneralTypeIssues]
                x = block(x, cond)
        x = self.leave(F.silu(self.leave_norm(x), inplace=True))
        return rearrange(x[..., :h, :w], "(b t) c h w -> b t c h w", t=num_frames)

    def attend(self, x: Float[Tensor, "n d h w"], times: Float[Tensor, "b t"]) -> Float[Tensor, "n d h w"]:
        (h, w), num_frames = x.shape[-2:], times.shape[1]
        space = place_angles(h, w, self.head_dim, times)[None, None, :, None]  # 1 1 n 1 e
        time = time_angles(times - times[:, :1], self.head_dim)[:, :, None, None]  # b t 1 1 e
        for norm, attention, angles in zip(self.norms, self.attentions, (space, time), strict=True):
            tokens = rearrange(norm(x), "(b t) d h w -> b t (h w) d", t=num_frames)
            x = x + rearrange(attention(tokens, angles), "b t (h w) d -> (b t) d h w", h=h)
        return x
