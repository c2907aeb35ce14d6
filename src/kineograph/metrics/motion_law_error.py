"""How far the films of moving_shapes are from the nearest law of motion, whose formulas are known."""

import torch

from kineograph.core.types import PerClip, Sample
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.motion_law import fit, known


class MotionLawError(ClipMean):
    """Per cent of the picture's side, root mean square over the frames; whichever law fits best counts.

    nan for clips of other data. The real row is what tracking by pixels costs.
    """

    higher_is_better = False

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples=num_resamples, seed=seed)

    def per_clip(self, sample: Sample) -> PerClip:
        factors = sample.clip.factors
        there = known(factors)
        error = torch.full_like(sample.fake[:, 0, 0, 0, 0], torch.nan)
        if there.any():
            error[there] = 100 * fit(sample.fake[there], sample.clip.times[there], factors[there]).error.to(error)
        return error
