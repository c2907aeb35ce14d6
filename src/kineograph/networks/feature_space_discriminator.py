"""Small judges on the features of a frozen network (Sauer et al. 2021, "Projected GANs", arXiv 2111.01007,
sections 3 and 4; one judge a depth, without the mixing between depths)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import pad

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Judged, Video
from kineograph.networks.blocks.told_embedding import ToldEmbedding


class FeatureSpaceDiscriminator(nn.Module):
    """Scores b n: one a frame and place of every depth, of the features and their change since the frame before.

    ``backbone`` answers feature maps of single frames (n 3 h w in [-1, 1]), fine first, and is never trained.
    Raises UserError for films that are neither grey nor colour.
    """

    def __init__(
        self,
        *,
        backbone: Callable[[Tensor], list[Tensor]],
        feature_dims: list[int],  # of the backbone's maps
        dim: int,
        num_classes: int,
        text_dim: int,
        gain: float | int,  # of the change: neighbouring frames differ by little
    ):
        super().__init__()
        self.backbone = backbone
        self.gain = gain
        self.enter = nn.ModuleList(nn.Conv2d(2 * features, dim, 1) for features in feature_dims)
        self.look = nn.ModuleList(nn.Conv2d(dim, dim, 3, padding=1) for _ in feature_dims)
        self.heads = nn.ModuleList(nn.Conv2d(dim, 1, 1) for _ in feature_dims)
        self.told = ToldEmbedding(num_classes=num_classes, text_dim=text_dim, dim=dim)

    def forward(self, video: Video, condition: Condition) -> Judged:
        b, _, c = video.shape[:3]
        if c not in (1, 3):
            raise UserError(
                f"animator/discriminators=[feature_space] looks at pictures, and these have {c} channels; leave it "
                "out, or choose animator/codec=identity and a view that adds none"
            )
        frames = rearrange(video.expand(-1, -1, 3, -1, -1) if c == 1 else video, "b t c h w -> (b t) c h w")
        told = self.told(condition)[:, None, :, None, None]  # b 1 d 1 1
        scores, features = [], []
        for seen, enter, look, head in zip(self.backbone(frames), self.enter, self.look, self.heads, strict=True):
            film = rearrange(seen, "(b t) d h w -> b t d h w", b=b)
            change = pad(self.gain * film.diff(dim=1), (0, 0, 0, 0, 0, 0, 1, 0))
            x = rearrange(torch.cat([film, change], dim=2), "b t d h w -> (b t) d h w")
            x = F.leaky_relu(look(F.leaky_relu(enter(x), 0.2)), 0.2)  # (b t) d h w
            features.append(x)
            fits = (rearrange(x, "(b t) d h w -> b t d h w", b=b) * told).sum(dim=2) * x.shape[1] ** -0.5
            scores.append(rearrange(head(x), "(b t) 1 h w -> b (t h w)", b=b) + fits.flatten(1))
        return Judged(torch.cat(scores, dim=1), features)
