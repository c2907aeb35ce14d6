"""Squared maximum mean discrepancy with the cubic polynomial kernel of the KID, unbiased, and its resampling.

Binkowski et al., "Demystifying MMD GANs", arXiv:1801.01401, section 4 and equation 4; Gretton et al. 2012, equation 3.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Scalar

Rows = Float[Tensor, "n d"]
OtherRows = Float[Tensor, "m d"]
Weights = Float[Tensor, "r n"]  # how often each row was drawn, one line a resample
OtherWeights = Float[Tensor, "r m"]


def kernel(x: Rows, y: OtherRows) -> Float[Tensor, "n m"]:
    """k(x, y) = (x.y / d + 1)^3."""
    return (x @ y.T / x.shape[1] + 1).pow(3)


def kernel_distance(x: Rows, y: OtherRows) -> Scalar:
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
