"""tOF: whether a film moves as the true one does, pixel for pixel.

Chu et al., "TecoGAN", arXiv:1811.09393, equation 12; flow: DIS.
"""

from kineograph.core.types import PerClip, Sample, Video
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.flow import flow


class FlowDifference(ClipMean):
    """Mean |flow of the film - flow of the real clip|, both directions added, in pixels a frame step.

    0 where both move alike. It asks for the true future: a film that moves well but otherwise scores badly.
    """

    higher_is_better = False

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)

    def per_clip(self, sample: Sample) -> PerClip:
        return flow_difference(sample.clip.video, sample.fake)


def flow_difference(real: Video, fake: Video) -> PerClip:
    """nan below two frames."""
    return (flow(fake) - flow(real)).abs().sum(dim=2).mean(dim=(1, 2, 3))
