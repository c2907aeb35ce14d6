"""Content held still, motion walked by a recurrent cell, a picture from both (Tulyakov et al. 2018, "MoCoGAN",
arXiv 1707.04993, section 3 and figure 2)."""

from collections.abc import Callable

import torch
from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.networks.blocks.frame_decoder import FrameDecoder
from kineograph.networks.blocks.told_embedding import ToldEmbedding

MEMORY = 2.0  # of gates at first: a walk of about eight frames, not a new start at each (Jozefowicz et al. 2015)


class Mocogan(nn.Module):
    """A generator (protocols.Generator) of films of any length; given pixels come back exactly.

    ``cell`` makes torch's RNN, GRU or LSTM, batch first; it goes over (noise, seconds since the frame before).
    """

    def __init__(
        self,
        *,
        channels: int,
        height: int,
        width: int,
        content_dim: int,
        motion_dim: int,  # of each frame's noise
        num_classes: int,
        text_dim: int,
        dims: list[int],
        known_dim: int,
        cell: Callable[..., nn.RNNBase],  # given ``input_size``
    ):
        super().__init__()
        self.content_dim = content_dim
        self.motion_dim = motion_dim
        self.cell = cell(input_size=motion_dim + 1)
        size, gates = self.cell.hidden_size, self.cell.bias_ih_l0
        if size < len(gates):  # LSTM's forget gate, GRU's update gate: both are second
            nn.init.constant_(gates[size : 2 * size], MEMORY)
        self.norm = nn.LayerNorm(size)  # else motion is a tenth of the content's size at first
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=content_dim)
        self.decoder = FrameDecoder(
            channels=channels,
            height=height,
            width=width,
            vector_dim=2 * content_dim + size,
            dims=dims,
            known_dim=known_dim,
        )

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        return Codes(noise.normal(self.content_dim), noise.normal(condition.num_frames, self.motion_dim))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        passed = condition.times.diff(dim=1, prepend=condition.times[:, :1])[..., None]  # b t 1
        with torch.autocast(passed.device.type, enabled=False):  # which takes cuDNN's cells to float16, bf16 or not
            motion, _ = self.cell(torch.cat([latent.motion, passed.to(latent.motion)], dim=2).float())  # b t m
        content = torch.cat([latent.content, self.told(condition)], dim=1)[:, None].expand(-1, motion.shape[1], -1)
        video = self.decoder(torch.cat([content, self.norm(motion)], dim=2), condition)
        return Generated(video, {})
