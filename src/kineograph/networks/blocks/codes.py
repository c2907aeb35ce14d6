"""What a generator draws for one film: content of the whole, motion of its moments (arXiv 1707.04993, section 3)."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor


class Codes(NamedTuple):
    """Standard normal numbers."""

    content: Float[Tensor, "b d"]
    motion: Float[Tensor, "b n e"]  # n moments: frames, or any other steps in time
