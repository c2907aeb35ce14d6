"""At which levels a denoiser is trained."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from kineograph.core.random import Noise


@runtime_checkable
class Draw(Protocol):
    """One level a clip, each from its own stream."""

    def __call__(self, noise: Noise) -> Float[Tensor, "b"]: ...
