"""A film judged by a few of its frames and the seconds between them (Skorokhodov et al. 2022, "StyleGAN-V",
arXiv 2112.14683, section 3.2), by R3GAN's blocks (Huang et al. 2024, arXiv 2501.05441, section 3)."""

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from kineograph.core.types import Condition, Judged, Video
from kineograph.core.warp import nearest_known
from kineograph.networks.blocks.fourier import fourier
from kineograph.networks.blocks.grouped_residual import GroupedResidual
from kineograph.networks.blocks.told_embedding import ToldEmbedding

TIME_FEATURES = 16  # of each step between frames
LONGEST = 16.0  # seconds told apart


class SparseFramesDiscriminator(nn.Module):
    """Scores b, one a film. Each of ``dims`` but the last is followed by a halving; the picture ends 4 x 4 or so.

    ``num_frames`` frames, evenly spread (a shorter film repeats its last; of a longer one the others go unseen, so that
    training draws the frames: ``animator.num_frames``), go alone up to ``dims[join]``, then side by
    side; the seconds between them and what is told are projected on the last features.
    """

    def __init__(
        self,
        *,
        channels: int,
        height: int,
        width: int,
        num_frames: int,
        num_classes: int,
        text_dim: int,
        dims: list[int],
        join: int,  # place in ``dims`` where the frames meet
        num_blocks: int,  # at each size
        expansion: int,
        group_dim: int,
    ):
        super().__init__()
        self.num_frames = num_frames
        self.join = join
        self.enter = nn.Conv2d(2 * channels + 1, dims[0], 1)
        depth = num_blocks * len(dims)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *[
                    GroupedResidual(dim=dim, expansion=expansion, group_dim=group_dim, depth=depth)
                    for _ in range(num_blocks)
                ]
            )
            for dim in dims
        )
        befores = [dim * num_frames if place + 1 == join else dim for place, dim in enumerate(dims)]
        self.widen = nn.ModuleList(
            nn.Conv2d(before, after, 1, bias=False) for before, after in zip(befores[:-1], dims[1:], strict=True)
        )
        places = (height >> (len(dims) - 1)) * (width >> (len(dims) - 1))
        self.leave = nn.Linear(dims[-1] * places, dims[-1])
        self.head = nn.Linear(dims[-1], 1)
        self.steps = nn.Linear(TIME_FEATURES * (num_frames - 1), dims[-1])
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=dims[-1])
        for layer in (*self.widen, self.leave, self.head):
            nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.weight[0].numel()))

    def forward(self, video: Video, condition: Condition) -> Judged:
        chosen = torch.linspace(0, video.shape[1] - 1, self.num_frames).round().long()
        picture = nearest_known(condition)
        given = nearest_known(condition._replace(known=condition.mask))
        x = torch.cat([video, picture, given], dim=2)[:, chosen.to(video.device)]
        x = self.enter(rearrange(x, "b n c h w -> (b n) c h w"))
        features = []
        for place, blocks in enumerate(self.blocks):
            x = blocks(x)
            features.append(x)
            if place + 1 == self.join:
                x = rearrange(x, "(b n) d h w -> b (n d) h w", n=self.num_frames)
            if place < len(self.widen):
                x = self.widen[place](F.avg_pool2d(x, 2))  # a quarter of the work of the other order
        x = F.leaky_relu(self.leave(x.flatten(1)), 0.2)  # b d
        passed = condition.times[:, chosen.to(video.device)].diff(dim=1)  # b n-1
        told = self.told(condition) + self.steps(fourier(passed, TIME_FEATURES, LONGEST).flatten(1))
        return Judged(self.head(x)[:, 0] + (told * x).sum(dim=1) * x.shape[1] ** -0.5, features)
