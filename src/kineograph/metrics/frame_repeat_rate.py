"""Frame-repeat rate: the share of frame steps at which nothing changes."""

from kineograph.core.types import PerClip, Sample, Video
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.levels import to_levels


class FrameRepeatRate(ClipMean):
    """0 to 1; a step counts where the mean |difference| of its frames is at most ``tolerance`` 8-bit levels.

    Drawn films hold frames on purpose: read it beside the real row. nan below two frames.
    """

    higher_is_better = None

    def __init__(self, *, tolerance: float, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)
        self.tolerance = tolerance

    def per_clip(self, sample: Sample) -> PerClip:
        return repeat_rate(sample.fake, self.tolerance)


def repeat_rate(video: Video, tolerance: float) -> PerClip:
    """The definition above."""
    steps = to_levels(video).diff(dim=1).abs().mean(dim=(2, 3, 4))
    return (steps <= tolerance).to(video.dtype).mean(dim=1)
