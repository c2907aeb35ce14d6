"""A video diffusion transformer: blocks over space and time in turn ("Latte", Ma et al. 2024, arXiv:2401.03048, Sec. 3,
variant 1), each as in "DiT" (Peebles & Xie 2022, arXiv:2212.09748)."""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn
from torch.utils.checkpoint import checkpoint

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Level, Video
from kineograph.networks.blocks.axis_attention import SPACE, TIME
from kineograph.networks.blocks.axis_block import AxisBlock
from kineograph.networks.blocks.frame_embedding import FrameEmbedding
from kineograph.networks.blocks.rotary import place_angles, time_angles


class Dit(nn.Module):
    """A denoiser (protocols.Denoiser) for films of any length and any size that ``patch`` divides.

    ``depth`` counts pairs of a spatial and a temporal block. Its answer is zero at birth; raises UserError for a size
    that the patches do not fill.
    """

    def __init__(
        self,
        *,
        channels: int,  # of the film
        known_channels: int,  # of the condition's picture
        num_classes: int,
        patch: int,  # pixels a side
        dim: int,
        depth: int,
        num_heads: int,
        checkpointing: bool,  # computes each block once more on the way back instead of keeping what is inside it
    ):
        super().__init__()
        if dim % (4 * num_heads):
            raise UserError(
                f"dim={dim} must be a multiple of 4 * num_heads={4 * num_heads} (rows and columns, in pairs)"
            )
        self.patch = patch
        self.checkpointing = checkpointing
        self.head_dim = dim // num_heads
        self.embedding = FrameEmbedding(num_classes=num_classes, dim=dim)
        self.enter = nn.Linear(patch**2 * (channels + known_channels + 1), dim)
        self.blocks = nn.ModuleList(
            AxisBlock(dim=dim, num_heads=num_heads, axis=axis) for _ in range(depth) for axis in (SPACE, TIME)
        )
        self.leave_modulation = nn.Linear(dim, 2 * dim)
        self.leave = nn.Linear(dim, patch**2 * channels)
        for layer in (self.leave_modulation, self.leave):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, noisy: Video, level: Level, condition: Condition) -> Video:
        h, w = noisy.shape[-2] // self.patch, noisy.shape[-1] // self.patch
        if noisy.shape[-2:] != (h * self.patch, w * self.patch):
            raise UserError(f"patch={self.patch} does not divide the film's {noisy.shape[-2]}x{noisy.shape[-1]} pixels")
        cond = self.embedding(level, condition)  # b t d
        x = torch.cat([noisy, condition.known, condition.mask], dim=2)
        fold = {"p": self.patch, "q": self.patch}
        x = self.enter(rearrange(x, "b t c (h p) (w q) -> b t (h w) (c p q)", **fold))
        times = condition.times - condition.times[:, :1]
        space = place_angles(h, w, self.head_dim, times)[None, None, :, None]  # 1 1 n 1 e
        time = time_angles(times, self.head_dim)[:, :, None, None]  # b t 1 1 e
        for place, block in enumerate(self.blocks):
            angles = time if place % 2 else space
            if self.checkpointing and torch.is_grad_enabled():
                x = checkpoint(block, x, cond, angles, use_reentrant=False)
            else:
                x = block(x, cond, angles)
        shift, scale = self.leave_modulation(cond)[:, :, None].chunk(2, dim=-1)
        x = self.leave(shift.addcmul(F.layer_norm(x, x.shape[-1:]), 1 + scale))
        return rearrange(x, "b t (h w) (c p q) -> b t c (h p) (w q)", h=h, **fold)
