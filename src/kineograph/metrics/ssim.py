"""Structural similarity of the film and the true clip, frame by frame, by torchmetrics.

Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004, equation 13; Gaussian
window of 11 pixels, as there.
"""

from einops import rearrange
from torchmetrics.functional.image import structural_similarity_index_measure

from kineograph.core.errors import UserError
from kineograph.core.types import PerClip, Sample
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.levels import to_levels
from kineograph.metrics.made_frames import mean_made

WINDOW = 11  # pixels


class Ssim(ClipMean):
    """1 for equal frames. Given frames do not count. Raises UserError for films smaller than its window."""

    higher_is_better = True

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples=num_resamples, seed=seed)

    def per_clip(self, sample: Sample) -> PerClip:
        if min(sample.fake.shape[-2:]) < WINDOW:
            raise UserError(
                f"SSIM has a window of {WINDOW} pixels and the films are smaller; leave ssim out of metrics"
            )
        films = (
            to_levels(video).double() for video in (sample.fake, sample.clip.video)
        )  # floats blur white's variance
        flat = [rearrange(film, "b t c h w -> (b t) c h w") for film in films]
        alike = structural_similarity_index_measure(*flat, data_range=255.0, kernel_size=WINDOW, reduction="none")
        return mean_made(rearrange(alike, "(b t) -> b t", b=len(sample.fake)), sample.condition)
