"""What a variance-preserving denoiser's answer means."""

from typing import Protocol, runtime_checkable

from torch import Tensor

from kineograph.core.types import Level, Video


@runtime_checkable
class Prediction(Protocol):
    """Reads the clean clip off the answer, and weighs its squared error as the answer's own would be."""

    def clean(self, noisy: Video, answer: Video, alpha: Tensor, sigma: Tensor) -> Video: ...

    def weight(self, alpha: Level, sigma: Level) -> Level: ...
