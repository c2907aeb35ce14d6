"""tLP: whether a film changes perceptually as much from frame to frame as the true one does.

Chu et al., "TecoGAN", arXiv:1811.09393, equation 13; with LPIPS they call it tLP, with pdist_squeeze11 it is not.
"""

from kineograph.core.protocols import Extractor
from kineograph.core.types import PerClip, Sample
from kineograph.metrics.clip_mean import ClipMean


class PerceptualStepDifference(ClipMean):
    """Mean over frame steps of |distance within the film - distance within the real clip|, times 100."""

    higher_is_better = False

    def __init__(self, *, extractor: Extractor, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)
        self.extractor = extractor

    def per_clip(self, sample: Sample) -> PerClip:
        return 100 * (self.extractor(sample.fake) - self.extractor(sample.clip.video)).abs().mean(dim=1)
