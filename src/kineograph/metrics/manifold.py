"""Whether samples lie where the others are dense: precision, recall, density and coverage by nearest neighbours.

Kynkäänniemi et al., arXiv:1904.06991, equations 1 and 2; Naeem et al., arXiv:2002.09797, equations 4 and 6.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor


class Scores(NamedTuple):
    """One number a row; their means are the four scores."""

    precision: Float[Tensor, "m"]  # of a made row: in the ball of any real row
    recall: Float[Tensor, "n"]  # of a real row: in the ball of any made row
    density: Float[Tensor, "m"]  # of a made row: in how many real balls, over k
    coverage: Float[Tensor, "n"]  # of a real row: its ball holds any made row


def manifold(
    real: Float[Tensor, "n d"],
    fake: Float[Tensor, "m d"],
    neighbours: int,
    count_real: Bool[Tensor, "n n"],  # which pairs may be neighbours
    count_fake: Bool[Tensor, "m m"],
    count_across: Bool[Tensor, "n m"],
) -> Scores:
    """A row's ball reaches to its k-th neighbour among its own kind; rows that do not count lie infinitely far."""
    real_ball = _distances(real, real, count_real).kthvalue(neighbours, dim=1).values
    fake_ball = _distances(fake, fake, count_fake).kthvalue(neighbours, dim=1).values
    across = _distances(real, fake, count_across)
    in_real = (across <= real_ball[:, None]) & count_across
    in_fake = (across <= fake_ball[None, :]) & count_across
    return Scores(
        precision=in_real.any(dim=0).to(real.dtype),
        recall=in_fake.any(dim=1).to(real.dtype),
        density=in_real.sum(dim=0).to(real.dtype) / neighbours,
        coverage=in_real.any(dim=1).to(real.dtype),
    )


def _distances(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], count: Bool[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").masked_fill(~count, torch.inf)
