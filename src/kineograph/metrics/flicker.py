"""Flicker: what a pixel gains and at once loses again.

Where something moves past, a pixel goes from one value to another; where a film flickers, it goes there and back.
For each pixel and three successive frames with the steps u and v: min(|u|, |v|) where u and v have opposite signs.
"""

import torch

from kineograph.core.types import PerClip, Sample, Video
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.levels import to_levels


class Flicker(ClipMean):
    """Mean there-and-back step in 8-bit levels: 0 for a still, a fade or a moving edge, 2a for +a, -a, +a, ...

    nan below three frames. Thin things that move fast count a little in real clips too: read it beside the real row.
    """

    higher_is_better = None

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)

    def per_clip(self, sample: Sample) -> PerClip:
        return there_and_back(sample.fake)


def there_and_back(video: Video) -> PerClip:
    """The definition above, averaged over pixels, channels and triples of frames."""
    steps = to_levels(video).diff(dim=1)
    before, after = steps[:, :-1], steps[:, 1:]
    back = torch.minimum(before.abs(), after.abs()) * (before * after < 0)
    return back.mean(dim=(1, 2, 3, 4))
