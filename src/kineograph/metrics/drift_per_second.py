"""Drift: how fast a film's colours, contrast and sharpness wander off, a second.

Of each channel three statistics are followed over time: its mean, its standard deviation, and its mean |difference|
of neighbouring pixels, all in 8-bit levels. Drift is the root mean square of the slopes of their least-squares lines.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import PerClip, Sample, Times, Video
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.levels import to_levels


class DriftPerSecond(ClipMean):
    """8-bit levels a second: 0 for a film that looks alike from its beginning to its end, however it moves inside.

    Things that come and go drift too: read it beside the real row. nan below two frames.
    """

    higher_is_better = None

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)

    def per_clip(self, sample: Sample) -> PerClip:
        return drift(sample.fake, sample.clip.times)


def drift(video: Video, times: Times) -> PerClip:
    """The definition above."""
    rows = statistics(to_levels(video))
    centred = times - times.mean(dim=1, keepdim=True)  # b t
    slopes = torch.einsum("b t, b t s -> b s", centred, rows) / centred.square().sum(dim=1, keepdim=True)
    return slopes.square().mean(dim=1).sqrt()


def statistics(levels: Video) -> Float[Tensor, "b t s"]:
    """Mean, standard deviation and mean |difference of neighbours| of each channel."""
    flat = levels.flatten(3)
    sharp = levels.diff(dim=3).abs().mean(dim=(3, 4)) + levels.diff(dim=4).abs().mean(dim=(3, 4))
    return torch.cat([flat.mean(dim=3), flat.std(dim=3, correction=0), sharp / 2], dim=2)
