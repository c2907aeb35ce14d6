"""The polynomial kernel of the kernel inception distance.

Binkowski et al., "Demystifying MMD GANs", arXiv:1801.01401, section 4.
"""

from jaxtyping import Float
from torch import Tensor


class Cubic:
    """k(x, y) = (x.y / d + 1)^3: means, spreads and skews of features that are all of about unit size."""

    def __call__(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        return (x @ y.T / x.shape[1] + 1).pow(3)
