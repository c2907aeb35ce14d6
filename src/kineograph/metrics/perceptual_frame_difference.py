"""How far the film's frames are from those of the true clip, by a perceptual distance.

Zhang et al., arXiv:1801.03924; with pdist_squeeze11 it is LPIPS without its learned weights, and not called LPIPS.
"""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import PerClip, Sample, Video
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.made_frames import mean_made


@runtime_checkable
class FrameDistance(Protocol):
    """A frozen network that says how far frames are apart."""

    name: str

    @property
    def sha256(self) -> str: ...

    def apart(self, first: Video, second: Video) -> Float[Tensor, "b t"]: ...


class PerceptualFrameDifference(ClipMean):
    """0 for equal frames. Given frames do not count; it asks for the true future, one of many."""

    higher_is_better = False

    def __init__(self, *, distance: FrameDistance, num_resamples: int, seed: int):
        super().__init__(num_resamples=num_resamples, seed=seed)
        self.distance = distance

    def per_clip(self, sample: Sample) -> PerClip:
        return mean_made(self.distance.apart(sample.fake, sample.clip.video), sample.condition)
