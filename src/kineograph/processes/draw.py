"""At which levels a denoiser is trained: how far along the way to noise, which each process measures in its own."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from kineograph.core.random import Noise


@runtime_checkable
class Draw(Protocol):
    """One place a clip, from 0 (clean) to 1 (noise), each from its own stream."""

    def __call__(self, noise: Noise) -> Float[Tensor, "b"]: ...
