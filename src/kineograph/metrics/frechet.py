"""The Frechet distance between two Gaussians.

Dowson and Landau 1982, equation 4; Heusel et al., arXiv:1706.08500, equation 6.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Scalar

Mean = Float[Tensor, "d"]
Covariance = Float[Tensor, "d d"]


def frechet_distance(mean1: Mean, covariance1: Covariance, mean2: Mean, covariance2: Covariance) -> Scalar:
    """|mean1 - mean2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), in float64, singular covariances welcome."""
    root1, root2 = _root(covariance1.double()), _root(covariance2.double())
    # with C = R R', the eigenvalues of C1 C2 are the squared singular values of R1' R2
    cross = torch.linalg.svdvals(root1.T @ root2).sum()
    apart = (mean1.double() - mean2.double()).square().sum()
    return apart + covariance1.double().trace() + covariance2.double().trace() - 2 * cross


def _root(covariance: Covariance) -> Float[Tensor, "d r"]:
    """R with C = R R', one column for each eigenvalue above rounding error."""
    values, vectors = torch.linalg.eigh(covariance)
    kept = values > values[-1].clamp(min=0) * torch.finfo(values.dtype).eps * len(values)
    return vectors[:, kept] * values[kept].sqrt()


def frechet_distance_of_rows(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Scalar:
    """The same with the rows' means and unbiased covariances; quicker where there are fewer rows than features."""
    x, y = x.double(), y.double()
    if max(len(x), len(y)) > x.shape[1]:
        return frechet_distance(x.mean(dim=0), _covariance(x), y.mean(dim=0), _covariance(y)).clamp(min=0)
    # centred rows are roots of the covariances themselves
    one, two = ((rows - rows.mean(dim=0)) / (len(rows) - 1) ** 0.5 for rows in (x, y))
    cross = torch.linalg.svdvals(one @ two.T).sum()
    apart = (x.mean(dim=0) - y.mean(dim=0)).square().sum()
    return (apart + one.square().sum() + two.square().sum() - 2 * cross).clamp(min=0)  # below 0 only by rounding


def _covariance(rows: Float[Tensor, "n d"]) -> Covariance:
    centred = rows - rows.mean(dim=0)
    return centred.T @ centred / (len(rows) - 1)
