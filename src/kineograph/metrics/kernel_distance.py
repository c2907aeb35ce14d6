"""Squared maximum mean discrepancy, unbiased, and its resampling.

Gretton et al., "A kernel two-sample test", JMLR 2012, equation 3; Binkowski et al., arXiv:1801.01401, equation 4.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Scalar

Rows = Float[Tensor, "n d"]
OtherRows = Float[Tensor, "m d"]
Kernel = Callable[[Rows, OtherRows], Float[Tensor, "n m"]]
Weights = Float[Tensor, "r n"]  # how often each row was drawn, one line a resample
OtherWeights = Float[Tensor, "r m"]


def kernel_distance(x: Rows, y: OtherRows, kernel: Kernel) -> Scalar:
    """The unbiased estimate: pairs of a row with itself are left out, so equal distributions give 0 on average."""
    one, two = (torch.ones(1, len(rows), dtype=x.dtype, device=x.device) for rows in (x, y))
    within = sum(
        mean_of_pairs(kernel(rows, rows), 1 - torch.eye(len(rows), dtype=x.dtype, device=x.device), weights)
        for rows, weights in ((x, one), (y, two))
    )
    return (within - 2 * mean_across(kernel(x, y), one, two))[0]


def mean_of_pairs(table: Float[Tensor, "n n"], counts: Float[Tensor, "n n"], weights: Weights) -> Float[Tensor, "r"]:
    """The mean of the kernel over the pairs that count (1, else 0) among the rows drawn."""
    return ((weights @ (table * counts)) * weights).sum(dim=1) / ((weights @ counts) * weights).sum(dim=1)


def mean_across(table: Float[Tensor, "n m"], of_x: Weights, of_y: OtherWeights) -> Float[Tensor, "r"]:
    """The mean of the kernel over the pairs of a row drawn here and a row drawn there."""
    return ((of_x @ table) * of_y).sum(dim=1) / (of_x.sum(dim=1) * of_y.sum(dim=1))
