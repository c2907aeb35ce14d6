"""Loop closure: how large the step from the last frame back to the first is, in steps of the film itself."""

import torch

from kineograph.core.types import PerClip, Sample, Video
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.levels import to_levels


class LoopClosure(ClipMean):
    """Mean |last - first frame| over the mean |frame step|: 1 for a loop that closes like any other step, else more.

    nan where nothing moves (steps below half a level) and below two frames.
    """

    higher_is_better = None

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)

    def per_clip(self, sample: Sample) -> PerClip:
        return closing_step(sample.fake)


def closing_step(video: Video) -> PerClip:
    """The definition above."""
    levels = to_levels(video)
    steps = levels.diff(dim=1).abs().mean(dim=(1, 2, 3, 4))
    closing = (levels[:, -1] - levels[:, 0]).abs().mean(dim=(1, 2, 3))
    return torch.where(steps >= 0.5, closing / steps, torch.nan)
