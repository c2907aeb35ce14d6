"""Frame after frame by a convolutional LSTM (Shi et al. 2015, arXiv 1506.04214, equation 3, without peepholes)."""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.core.warp import nearest_known
from kineograph.networks.blocks.told_embedding import ToldEmbedding


class ConvLstm(nn.Module):
    """A generator (protocols.Generator): each frame is the frame before plus a change; given pixels come back exactly.

    Sees the frame before (the given one where there is one), the given picture nearest in time and the seconds
    passed. ``motion_dim`` 0 makes it deterministic: the baseline of animator=regression.
    """

    def __init__(
        self,
        *,
        channels: int,
        motion_dim: int,  # of each frame's noise
        num_classes: int,
        text_dim: int,
        dim: int,  # features at half size, and of the told vector
        hidden_dim: int,  # of the cells, at quarter size
        depth: int,  # cells above each other
    ):
        super().__init__()
        self.motion_dim = motion_dim
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=dim)
        self.frame = nn.Linear(dim + motion_dim + 1, hidden_dim)
        self.to_half = nn.Conv2d(2 * channels + 2, dim, 4, stride=2, padding=1)
        self.to_quarter = nn.Conv2d(dim, hidden_dim, 4, stride=2, padding=1)
        self.cells = nn.ModuleList(nn.Conv2d(2 * hidden_dim, 4 * hidden_dim, 3, padding=1) for _ in range(depth))
        self.up = nn.ConvTranspose2d(hidden_dim, dim, 4, stride=2, padding=1)
        self.leave = nn.ConvTranspose2d(2 * dim, channels, 4, stride=2, padding=1)

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        return Codes(noise.normal(0), noise.normal(condition.num_frames, self.motion_dim))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        picture = nearest_known(condition)
        given = nearest_known(condition._replace(known=condition.mask))
        passed = condition.times.diff(dim=1, prepend=condition.times[:, :1])[..., None].to(picture)  # b t 1
        told = self.told(condition)[:, None].expand(-1, condition.num_frames, -1)
        steer = rearrange(self.frame(torch.cat([told, latent.motion, passed], dim=2)), "b t d -> b t d 1 1")
        frame = torch.zeros_like(picture[:, 0])
        begun = torch.zeros_like(given[:, 0])  # 0 until there is a frame before
        h, w = condition.size
        states = [[steer.new_zeros(len(steer), steer.shape[2], h // 4, w // 4)] * 2 for _ in self.cells]
        frames = []
        for t in range(condition.num_frames):
            half = F.silu(self.to_half(torch.cat([frame, picture[:, t], given[:, t], begun], dim=1)))  # b d h/2 w/2
            x = F.silu(self.to_quarter(half) + steer[:, t])  # b e h/4 w/4
            for cell, state in zip(self.cells, states, strict=True):
                into, forget, out, new = cell(torch.cat([x, state[0]], dim=1)).chunk(4, dim=1)
                state[1] = torch.sigmoid(forget + 1) * state[1] + torch.sigmoid(into) * new.tanh()
                state[0] = torch.sigmoid(out) * state[1].tanh()
                x = state[0]
            change = self.leave(torch.cat([F.silu(self.up(x)), half], dim=1))
            frame = torch.where(condition.mask[:, t] > 0, condition.known[:, t], frame + change)
            begun = torch.ones_like(begun)
            frames.append(frame)
        return Generated(torch.stack(frames, dim=1), {})
