"""The warping error by a network's optical flow in place of DIS.

Lai et al., arXiv:1808.00449, section 4.1, there by FlowNet2.
"""

from typing import Protocol, runtime_checkable

import numpy as np

from kineograph.core.types import PerClip, Sample
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.warping_error import warping_error


@runtime_checkable
class FlowNetwork(Protocol):
    """The flow (h w 2: x, y in pixels) from one 8-bit frame to another."""

    name: str

    @property
    def sha256(self) -> str: ...

    def __call__(self, here: np.ndarray, there: np.ndarray) -> np.ndarray: ...


class NetworkWarpingError(ClipMean):
    """As ``WarpingError``, with the flow of a network: 8-bit levels, 0 for a still film, nan below two frames."""

    higher_is_better = None

    def __init__(self, *, flow: FlowNetwork, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)
        self.flow = flow

    def per_clip(self, sample: Sample) -> PerClip:
        return warping_error(sample.fake, self.flow)
