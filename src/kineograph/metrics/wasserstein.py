"""The Wasserstein-1 distance between two samples of numbers.

It is the area between the two distribution functions (Vallender 1974).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Scalar


def wasserstein_distance(x: Float[Tensor, "n"], y: Float[Tensor, "m"]) -> Scalar:
    """In the units of the numbers; 0 where both samples are equal in any order."""
    ones = torch.ones(1, len(x), dtype=x.dtype, device=x.device), torch.ones(1, len(y), dtype=y.dtype, device=y.device)
    return weighted_wasserstein_distance(x, y, *ones)[0]


def weighted_wasserstein_distance(
    x: Float[Tensor, "n"], y: Float[Tensor, "m"], of_x: Float[Tensor, "r n"], of_y: Float[Tensor, "r m"]
) -> Float[Tensor, "r"]:
    """The same for every line of weights (how often each number was drawn)."""
    places, order = torch.cat([x, y]).sort()
    steps = torch.cat([of_x / of_x.sum(dim=1, keepdim=True), -of_y / of_y.sum(dim=1, keepdim=True)], dim=1)
    gap = steps[:, order].cumsum(dim=1)[:, :-1].abs()  # |F(x) - G(x)| between neighbours
    return gap @ places.diff()
