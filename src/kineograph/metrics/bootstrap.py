"""Resampling whole groups: clips of one group share their content, so they are drawn together.

Field and Welsh, "Bootstrapping clustered data", 2007, section 2 (the cluster bootstrap).
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from kineograph.core.random import mix
from kineograph.core.types import Scalar

Groups = Int[Tensor, "n"]


def halves(groups: Groups, split: int) -> tuple[Tensor, Tensor]:
    """Two masks over the rows: the groups in two halves, by their numbers alone (the first has one more of an odd).

    Another ``split`` gives other halves.
    """
    present = sorted(set(groups.tolist()), key=lambda group: mix(split, group))
    first = torch.tensor(present[: (len(present) + 1) // 2], device=groups.device)
    inside = torch.isin(groups, first)
    return inside, ~inside


def draw_groups(groups: Groups, num_resamples: int, seed: int) -> Float[Tensor, "r n"]:
    """How often each row was drawn, when as many groups as there are are drawn with replacement."""
    present, member = groups.unique(return_inverse=True)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(len(present), (num_resamples, len(present)), generator=generator)
    counts = torch.zeros(num_resamples, len(present), dtype=torch.float64)
    counts.scatter_add_(1, drawn, torch.ones_like(drawn, dtype=torch.float64))
    return counts.to(groups.device)[:, member]


def interval(values: Float[Tensor, "r"]) -> tuple[Scalar, Scalar]:
    """The middle 95 % of the resampled values; nan where most resamples had none, as with a handful of groups."""
    finite = values[values.isfinite()]
    if 2 * len(finite) < len(values):
        nothing = values.new_tensor(torch.nan)
        return nothing, nothing
    low, high = finite.quantile(torch.tensor([0.025, 0.975], dtype=values.dtype, device=values.device))
    return low, high
