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
    ones = torch.ones(1, len(x), dtype=x.dtype, device=x.device), torch.ones(1, len(y), dtype=y.dtype, device=y.device)
    return weighted_kernel_distance(x, y, *ones)[0]


def weighted_kernel_distance(x: Rows, y: OtherRows, of_x: Weights, of_y: OtherWeights) -> Float[Tensor, "r"]:
    """The same estimate for every line of weights; copies of one row never pair with each other."""
    return _within(x, of_x) + _within(y, of_y) - 2 * _across(x, y, of_x, of_y)


def _within(x: Rows, weights: Weights) -> Float[Tensor, "r"]:
    table = kernel(x, x).fill_diagonal_(0)
    pairs = weights.sum(dim=1).square() - weights.square().sum(dim=1)
    return ((weights @ table) * weights).sum(dim=1) / pairs


def _across(x: Rows, y: OtherRows, of_x: Weights, of_y: OtherWeights) -> Float[Tensor, "r"]:
    return ((of_x @ kernel(x, y)) * of_y).sum(dim=1) / (of_x.sum(dim=1) * of_y.sum(dim=1))
