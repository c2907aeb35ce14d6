"""The trunk that both quickstarts share: a transformer over motion latents, several frames folded into a token.

Folding frames into the tokens' channels is what makes video cheap on a CPU. The blocks are those of Peebles and Xie
2023 ("DiT").
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Video
from kineograph.networks.blocks.clip_embedding import ClipEmbedding
from kineograph.networks.blocks.fourier import fourier
from kineograph.networks.blocks.modulated_block import ModulatedBlock

PLACE_FEATURES = 16
TIME_FEATURES = 16


class ClipTransformer(nn.Module):
    """Latents in, latents of the same shape out; any number of frames, any grid. The condition is in the latents' size.

    A film whose length is no multiple of ``frames_a_token`` is padded with its last frame, and cut again.
    """

    def __init__(
        self,
        *,
        channels: int,  # of the latents
        known_channels: int,  # of the condition's picture, folded to the latents' grid
        frame_dim: int,  # of the vector each frame brings along (its noise level, a code)
        frames_a_token: int,
        num_classes: int,
        dim: int,
        depth: int,
        num_heads: int,
    ):
        super().__init__()
        self.channels = channels
        self.frames_a_token = frames_a_token
        self.enter = nn.Linear(frames_a_token * (channels + known_channels + 1), dim)
        self.place = nn.Linear(2 * PLACE_FEATURES, dim, bias=False)
        self.frame = nn.Linear(frames_a_token * (frame_dim + TIME_FEATURES), dim)
        self.clip = ClipEmbedding(num_classes=num_classes, dim=dim)
        self.blocks = nn.ModuleList(ModulatedBlock(dim=dim, num_heads=num_heads, cond_dim=dim) for _ in range(depth))
        self.leave_modulation = nn.Linear(dim, 2 * dim)
        self.leave = nn.Linear(dim, frames_a_token * channels)
        nn.init.zeros_(self.leave_modulation.weight)
        nn.init.zeros_(self.leave_modulation.bias)

    def forward(self, latents: Video, frame: Float[Tensor, "b t e"], condition: Condition) -> Video:
        num_frames, (h, w) = latents.shape[1], latents.shape[-2:]
        pad = -num_frames % self.frames_a_token
        x = torch.cat([latents, condition.known, condition.mask], dim=2)  # b t c h w
        times = fourier(condition.times - condition.times[:, :1], TIME_FEATURES, 64.0)
        vectors = torch.cat([frame, times], dim=-1)  # b t e
        if pad:
            x = torch.cat([x, x[:, -1:].expand(-1, pad, -1, -1, -1)], dim=1)
            vectors = torch.cat([vectors, vectors[:, -1:].expand(-1, pad, -1)], dim=1)

        x = self.enter(rearrange(x, "b (g p) c h w -> b g (h w) (p c)", p=self.frames_a_token))
        x = x + self.place(self._places(h, w, latents))
        cond = self.frame(rearrange(vectors, "b (g p) e -> b g (p e)", p=self.frames_a_token))
        cond = F.silu(cond + self.clip(condition)[:, None])  # b g d
        for block in self.blocks:
            x = block(x, cond)
        shift, scale = self.leave_modulation(cond)[:, :, None].chunk(2, dim=-1)
        with torch.autocast(x.device.type, enabled=False):  # in bf16 latents would move by steps
            x, shift, scale = (y.to(self.leave.weight.dtype) for y in (x, shift, scale))
            x = self.leave(F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift)
        return rearrange(x, "b g (h w) (p c) -> b (g p) c h w", h=h, p=self.frames_a_token)[:, :num_frames]

    @staticmethod
    def _places(h: int, w: int, like: Tensor) -> Float[Tensor, "n d"]:
        rows = fourier((torch.arange(h, device=like.device, dtype=like.dtype) + 0.5) / h, PLACE_FEATURES, 2.0)
        columns = fourier((torch.arange(w, device=like.device, dtype=like.dtype) + 0.5) / w, PLACE_FEATURES, 2.0)
        grid = torch.cat([rows[:, None].expand(-1, w, -1), columns[None].expand(h, -1, -1)], dim=-1)
        return rearrange(grid, "h w d -> (h w) d")
