"""A picture U-Net with a clip's frames for channels: MCVD (Voleti et al. 2022, arXiv:2205.09853, Sec. 3 and 4)."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Level, Video
from kineograph.networks.blocks.frame_embedding import FrameEmbedding
from kineograph.networks.blocks.unet_widths import num_groups, require_widths


class FramesAsChannels(nn.Module):
    """A denoiser (protocols.Denoiser) for films of exactly ``num_frames`` frames and any size, of 2D layers alone.

    The noisy frames, the known ones (past and future; zero where not given) and their masks are stacked as channels.
    Level i has ``widths[i]`` channels and ``depths[i]`` blocks each way; the smallest attends over the picture. The
    last layer sees the noisy frames once more: a clip's noise is slow to learn through a norm. Its answer is zero at
    birth. Raises UserError for films of another length, and for widths that norms and heads do not divide.
    """

    def __init__(
        self,
        *,
        num_frames: int,
        channels: int,  # of the film
        known_channels: int,  # of the condition's picture
        num_classes: int,
        cond_dim: int,
        widths: list[int],
        depths: list[int],
        num_heads: int,
    ):
        super().__init__()
        require_widths(widths, depths, num_heads)
        self.num_frames = num_frames
        self.num_heads = num_heads
        self.embedding = FrameEmbedding(num_classes=num_classes, dim=cond_dim)
        self.gather = nn.Linear(num_frames * cond_dim, cond_dim)
        self.enter = nn.Conv2d(num_frames * (channels + known_channels + 1), widths[0], 3, padding=1)
        pairs = list(pairwise(widths))
        self.shrink = nn.ModuleList(nn.Conv2d(wide, deep, 2, stride=2) for wide, deep in pairs)
        self.grow = nn.ModuleList(nn.Conv2d(deep, wide, 1) for wide, deep in pairs)
        self.down, self.up = (
            nn.ModuleList(
                nn.ModuleList(_Block(width, cond_dim) for _ in range(depth))
                for width, depth in zip(widths, depths, strict=True)
            )
            for _ in range(2)
        )
        self.attention_norm = _norm(widths[-1])
        self.qkv = nn.Conv2d(widths[-1], 3 * widths[-1], 1)
        self.mix = nn.Conv2d(widths[-1], widths[-1], 1)
        self.leave_norm = _norm(widths[0])
        self.leave = nn.Conv2d(widths[0] + num_frames * channels, num_frames * channels, 3, padding=1)
        for layer in (self.mix, self.leave):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, noisy: Video, level: Level, condition: Condition) -> Video:
        num_frames, (h, w) = noisy.shape[1], noisy.shape[-2:]
        if num_frames != self.num_frames:
            raise UserError(
                f"denoiser=frames_as_channels makes {self.num_frames} frames at once, not {num_frames};"
                " longer films come from animator/rollout=overlap"
            )
        cond = F.silu(self.gather(self.embedding(level, condition).flatten(1)))  # b e
        noise = rearrange(noisy, "b t c h w -> b (t c) h w")
        x = rearrange(torch.cat([noisy, condition.known, condition.mask], dim=2), "b t c h w -> b (t c) h w")
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
        x = x + self.attend(self.attention_norm(x))
        for place in reversed(range(len(self.up))):
            if place < len(self.grow):
                x = skips[place] + F.interpolate(self.grow[place](x), scale_factor=2.0, mode="nearest")
            for block in self.up[place]:  # pyright: ignore[reportGeneralTypeIssues]
                x = block(x, cond)
        x = self.leave(torch.cat([F.silu(self.leave_norm(x))[..., :h, :w], noise], dim=1))
        return rearrange(x, "b (t c) h w -> b t c h w", t=num_frames)

    def attend(self, x: Float[Tensor, "b d h w"]) -> Float[Tensor, "b d h w"]:
        tokens = rearrange(self.qkv(x), "b (three n e) h w -> three b n (h w) e", three=3, n=self.num_heads)
        y = F.scaled_dot_product_attention(*tokens.unbind())
        return self.mix(rearrange(y, "b n (h w) e -> b (n e) h w", h=x.shape[-2]))


class _Block(nn.Module):
    """Two 3 x 3 convolutions; the clip's vector scales and shifts the second norm. The identity at birth."""

    def __init__(self, dim: int, cond_dim: int):
        super().__init__()
        self.first_norm, self.second_norm = _norm(dim), _norm(dim)
        self.first = nn.Conv2d(dim, dim, 3, padding=1)
        self.second = nn.Conv2d(dim, dim, 3, padding=1)
        self.modulation = nn.Linear(cond_dim, 2 * dim)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Float[Tensor, "b d h w"], cond: Float[Tensor, "b e"]) -> Float[Tensor, "b d h w"]:
        shift, scale = self.modulation(cond)[:, :, None, None].chunk(2, dim=1)
        y = self.first(F.silu(self.first_norm(x)))
        return x + self.second(F.silu(shift.addcmul(self.second_norm(y), 1 + scale)))


def _norm(dim: int) -> nn.GroupNorm:
    return nn.GroupNorm(num_groups(dim), dim)
