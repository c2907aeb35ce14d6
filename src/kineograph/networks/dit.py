"""A video diffusion transformer: blocks over space and time in turn ("Latte", Ma et al. 2024, arXiv:2401.03048, Sec. 3,
variant 1) or over both at once ("CogVideoX", Yang et al. 2024, arXiv:2408.06072, Sec. 2.2), each as in "DiT" (Peebles &
Xie 2022, arXiv:2212.09748)."""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Level, Times, Video
from kineograph.networks.blocks.axis_attention import SPACE, SPACE_TIME, TIME
from kineograph.networks.blocks.axis_block import AxisBlock
from kineograph.networks.blocks.frame_embedding import FrameEmbedding
from kineograph.networks.blocks.rotary import place_angles, time_angles

AXES = {"space": SPACE, "time": TIME, "space_time": SPACE_TIME}


class Dit(nn.Module):
    """A denoiser (protocols.Denoiser) for films of any length and any size that ``patch`` divides.

    ``depth`` counts rounds of a block for each of ``axes``. Its answer is zero at birth; raises UserError for a size
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
        axes: list[str],  # space: among a frame's tokens; time: among those of one place; space_time: among all
        checkpointing: bool,  # computes each block once more on the way back instead of keeping what is inside it
    ):
        super().__init__()
        if not axes or set(axes) - set(AXES):
            raise UserError(f"animator.denoiser.axes is {axes}; a list of {', '.join(AXES)}")
        told = 8 if "space_time" in axes else 4  # numbers of a head that turn at one speed, in pairs
        if dim % (told * num_heads):
            raise UserError(
                f"dim={dim} must be a multiple of {told} * num_heads={told * num_heads} (rows and columns, "
                f"{'and frames, ' if told == 8 else ''}in pairs)"
            )
        self.patch = patch
        self.checkpointing = checkpointing
        self.head_dim = dim // num_heads
        self.embedding = FrameEmbedding(num_classes=num_classes, dim=dim)
        self.enter = nn.Linear(patch**2 * (channels + known_channels + 1), dim)
        self.axes = axes
        self.blocks = nn.ModuleList(
            AxisBlock(dim=dim, num_heads=num_heads, axis=AXES[axis]) for _ in range(depth) for axis in axes
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
        x = x.to(noisy.dtype)  # under autocast the blocks add to what is whole
        turns = [self.angles(axis, h, w, condition.times - condition.times[:, :1]) for axis in self.axes]
        for place, block in enumerate(self.blocks):
            angles = turns[place % len(turns)]
            if self.checkpointing and torch.is_grad_enabled():
                x = checkpoint(block, x, cond, angles, use_reentrant=False)
            else:
                x = block(x, cond, angles)
        shift, scale = self.leave_modulation(cond)[:, :, None].chunk(2, dim=-1)
        x = self.leave(shift.addcmul(F.layer_norm(x, x.shape[-1:]), 1 + scale))
        return rearrange(x, "b t (h w) (c p q) -> b t c (h p) (w q)", h=h, **fold)

    def angles(self, axis: str, h: int, w: int, times: Times) -> Float[Tensor, "_ _ _ 1 _"]:
        """Rotary angles of the tokens; in attention to all of them half of each head tells the time, half the place."""
        share = self.head_dim // 2 if axis == "space_time" else self.head_dim
        space = place_angles(h, w, share, times)[None, None, :, None]  # 1 1 n 1 e
        time = time_angles(times, share)[:, :, None, None]  # b t 1 1 e
        if axis != "space_time":
            return space if axis == "space" else time
        both = (*times.shape, h * w, 1, -1)
        return torch.cat([time.expand(both), space.expand(both)], dim=-1)
