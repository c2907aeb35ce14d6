"""A patch discriminator in space and time that looks at the film, its motion and the given picture (the two-judge idea
of Tulyakov et al. 2018, arXiv:1707.04993, section 3.1), told label and motion by projection (arXiv:1802.05637)."""

from collections.abc import Callable

import torch
from einops import rearrange, repeat
from torch import nn
from torch.nn.functional import leaky_relu, pad
from torch.nn.utils.parametrizations import spectral_norm as normalised

from kineograph.core.types import Condition, Judged, Video
from kineograph.core.warp import nearest_known


class ClipDiscriminator(nn.Module):
    """Scores b t' h' w', one a patch: each of ``dims`` but the last halves height and width, the last keeps them.

    Channels in: the frame, ``gain`` times its step from the frame before, the given picture, which pixels are given,
    the time.
    """

    def __init__(
        self,
        *,
        channels: int,  # of the film (or the latents) judged
        known_channels: int,  # of the given picture
        dims: list[int],  # features of each layer
        time_strides: list[int],  # of each layer but the last
        num_classes: int,
        negative_slope: float,  # of the leaky rectifiers
        gain: float | int,  # of the step: the pixels of neighbouring frames differ by little
        spectral_norm: bool,  # divide every weight by its largest singular value (arXiv:1802.05957)
        init: Callable[[nn.Module], None],
    ):
        super().__init__()
        self.negative_slope = negative_slope
        self.num_classes = num_classes
        self.gain = gain
        befores = [2 * channels + known_channels + 2, *dims]
        self.layers = nn.ModuleList(
            nn.Conv3d(before, after, (3, 4, 4), stride=(stride, 2, 2), padding=1)
            for before, after, stride in zip(befores[:-2], dims[:-1], time_strides, strict=True)
        )
        self.layers.append(nn.Conv3d(befores[-2], dims[-1], (1, 3, 3), padding=(0, 1, 1)))
        self.head = nn.Conv3d(dims[-1], 1, 1)
        self.label = nn.Embedding(num_classes + 1, dims[-1])  # the last row stands for "not told"
        self.motion = nn.Linear(2, dims[-1], bias=False)
        init(self)
        nn.init.zeros_(self.label.weight)
        nn.init.zeros_(self.motion.weight)
        if spectral_norm:
            for layer in [*self.layers, self.head]:
                normalised(layer)

    def forward(self, video: Video, condition: Condition) -> Judged:
        step = pad(self.gain * video.diff(dim=1), (0, 0, 0, 0, 0, 0, 1, 0))  # b t c h w; zero at the first frame
        picture = nearest_known(condition)
        given = nearest_known(condition._replace(known=condition.mask))
        seconds = repeat(condition.times, "b t -> b t 1 h w", h=video.shape[3], w=video.shape[4])
        x = torch.cat([video, step, picture, given, seconds.to(video)], dim=2)  # b t 2c+k+2 h w
        x = rearrange(x, "b t c h w -> b c t h w").contiguous(memory_format=torch.channels_last_3d)
        features = []
        for layer in self.layers:
            x = leaky_relu(layer(x), self.negative_slope)  # b d t/stride h/2 w/2
            features.append(x)
        label = self.label(torch.where(condition.label < 0, self.num_classes, condition.label))  # b d
        silent = condition.motion.isnan()
        motion = torch.stack([condition.motion.masked_fill(silent, 0.0), silent.to(condition.motion)], dim=1)  # b 2
        told = (label + self.motion(motion.to(label)))[:, :, None, None, None] * x.shape[1] ** -0.5  # b d 1 1 1
        scores = self.head(x) + (told * x).sum(dim=1, keepdim=True)  # b 1 t' h' w'
        return Judged(rearrange(scores, "b 1 t h w -> b t h w"), features)
