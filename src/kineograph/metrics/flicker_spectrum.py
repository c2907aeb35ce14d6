"""Flicker spectrum: how much of each pixel's course is faster than half the highest frequency a film can hold.

The cosine transform (type II, orthonormal) of each pixel over time has no jump at the ends, so that a fade does not
count as flicker. Ahmed, Natarajan and Rao, "Discrete cosine transform", 1974.
"""

import scipy.fft
import torch

from kineograph.core.types import PerClip, Sample, Video
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.levels import to_levels


class FlickerSpectrum(ClipMean):
    """Root mean square of the upper half of the spectrum, 8-bit levels: a film that goes +a, -a, ... scores nearly a.

    A still scores 0. nan below two frames.
    """

    higher_is_better = None

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)

    def per_clip(self, sample: Sample) -> PerClip:
        return fast_part(sample.fake)


def fast_part(video: Video) -> PerClip:
    """The definition above, averaged over pixels and channels before the root."""
    length = video.shape[1]
    if length < 2:
        return video.new_full((len(video),), torch.nan)
    basis = torch.from_numpy(scipy.fft.dct(torch.eye(length, dtype=torch.float64).numpy(), axis=0, norm="ortho"))
    fast = basis[(length + 1) // 2 :].to(video)  # one line a frequency
    courses = torch.einsum("k t, b t c h w -> b k c h w", fast, to_levels(video))
    return (courses.square().sum(dim=1) / length).mean(dim=(1, 2, 3)).sqrt()
