"""Every level as often as every other (Ho et al. 2020, arXiv:2006.11239, Algorithm 1)."""

from jaxtyping import Float
from torch import Tensor

from kineograph.core.random import Noise


class UniformDraw:
    """Uniform between ``lowest`` and ``highest``."""

    def __init__(self, *, lowest: float, highest: float):
        self.lowest = lowest
        self.highest = highest

    def __call__(self, noise: Noise) -> Float[Tensor, "b"]:
        return self.lowest + (self.highest - self.lowest) * noise.uniform()
