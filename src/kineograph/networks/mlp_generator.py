"""The first GAN's generator: fully connected layers from codes to all pixels at once (Goodfellow et al. 2014,
arXiv 1406.2661, section 5), of single pictures (one frame) and of clips."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.core.warp import keep_known
from kineograph.networks.blocks.told_embedding import ToldEmbedding


class MlpGenerator(nn.Module):
    """A generator (protocols.Generator) of films of one shape; given pixels come back exactly.

    Raises UserError where another number of frames or size is asked for.
    """

    def __init__(
        self,
        *,
        num_frames: int,
        channels: int,
        height: int,
        width: int,
        content_dim: int,
        num_classes: int,
        text_dim: int,
        dims: list[int],  # features of each hidden layer
    ):
        super().__init__()
        self.shape = (num_frames, channels, height, width)
        self.content_dim = content_dim
        places = num_frames * height * width
        self.content = nn.Linear(content_dim, dims[0])
        self.known = nn.Linear(places * (channels + 1), dims[0], bias=False)
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=dims[0])
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(dims))
        self.leave = nn.Linear(dims[-1], places * channels)

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        return Codes(noise.normal(self.content_dim), noise.normal(0, 0))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        if condition.known.shape[1:] != self.shape:
            raise UserError(
                f"the fully connected generator makes films of {self.shape} (frames, channels, height, width) alone, "
                f"not of {tuple(condition.known.shape[1:])}; ask for these, or choose another generator"
            )
        picture = torch.cat([condition.known, condition.mask], dim=2).flatten(1)
        x = self.content(latent.content) + self.known(picture) + self.told(condition)
        for layer in self.layers:
            x = layer(F.leaky_relu(x, 0.2))
        video = torch.tanh(self.leave(F.leaky_relu(x, 0.2))).unflatten(1, self.shape)
        return Generated(keep_known(video, condition), {})
