"""A patch discriminator that looks at each frame beside the given picture (Isola et al. 2017, arXiv:1611.07004,
section 3.2.2), told the label by projection (Miyato and Koyama 2018, arXiv:1802.05637, equation 3)."""

from collections.abc import Callable

import torch
from einops import rearrange
from torch import nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import spectral_norm as normalised

from kineograph.core.types import Condition, Judged, Video
from kineograph.core.warp import nearest_known


class FrameDiscriminator(nn.Module):
    """Scores b t h' w', one a patch: each of ``dims`` but the last halves height and width, the last keeps them.

    Channels in: the frame, the given picture nearest in time, and which of its pixels are given.
    """

    def __init__(
        self,
        *,
        channels: int,  # of the film (or the latents) judged
        known_channels: int,  # of the given picture
        dims: list[int],  # features of each layer
        num_classes: int,
        negative_slope: float,  # of the leaky rectifiers
        spectral_norm: bool,  # divide every weight by its largest singular value (arXiv:1802.05957)
        init: Callable[[nn.Module], None],
    ):
        super().__init__()
        self.negative_slope = negative_slope
        self.num_classes = num_classes
        befores = [channels + known_channels + 1, *dims]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 4, stride=2, padding=1)
            for before, after in zip(befores[:-2], dims[:-1], strict=True)
        )
        self.layers.append(nn.Conv2d(befores[-2], dims[-1], 3, padding=1))
        self.head = nn.Conv2d(dims[-1], 1, 1)
        self.label = nn.Embedding(num_classes + 1, dims[-1])  # the last row stands for "not told"
        init(self)
        nn.init.zeros_(self.label.weight)
        if spectral_norm:
            for layer in [*self.layers, self.head]:
                normalised(layer)
        self.to(memory_format=torch.channels_last)

    def forward(self, video: Video, condition: Condition) -> Judged:
        b, t = video.shape[:2]
        picture = nearest_known(condition)
        given = nearest_known(condition._replace(known=condition.mask))
        x = torch.cat([video, picture, given], dim=2)  # b t c+k+1 h w
        x = rearrange(x, "b t c h w -> (b t) c h w").contiguous(memory_format=torch.channels_last)
        features = []
        for layer in self.layers:
            x = leaky_relu(layer(x), self.negative_slope)  # (b t) d h/2 w/2
            features.append(x)
        told = self.label(torch.where(condition.label < 0, self.num_classes, condition.label))  # b d
        told = told.repeat_interleave(t, dim=0)[:, :, None, None] * x.shape[1] ** -0.5  # (b t) d 1 1
        scores = self.head(x) + (told * x).sum(dim=1, keepdim=True)  # (b t) 1 h' w'
        return Judged(rearrange(scores, "(b t) 1 h w -> b t h w", b=b), features)
