"""Peak signal to noise ratio of the film against the true clip, frame by frame.

10 log10(255^2 / mean squared difference), in decibels of 8-bit levels.
"""

from kineograph.core.types import PerClip, Sample
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.levels import to_levels
from kineograph.metrics.made_frames import mean_made

HIGHEST = 100.0  # decibels of equal frames, which have infinitely many


class Psnr(ClipMean):
    """Higher for blurred films than for sharp ones that move in another way than the true clip: one of many futures.

    Given frames do not count. The real row has 100.
    """

    higher_is_better = True

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples=num_resamples, seed=seed)

    def per_clip(self, sample: Sample) -> PerClip:
        apart = (to_levels(sample.fake) - to_levels(sample.clip.video)).square().mean(dim=(2, 3, 4))  # b t
        decibels = 10 * (255**2 / apart).log10()
        return mean_made(decibels.clamp(max=HIGHEST), sample.condition)
