"""How near clips lie to the training clips, and whether generated ones lie nearer than held-out real ones do.

After Meehan et al., "A non-parametric test to detect data-copying in generative models", arXiv:2004.05675: copies are
closer to the training set than fresh samples of the same distribution are.
"""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from kineograph.metrics.bootstrap import Groups, draw_groups, interval

Distances = Float[Tensor, "n"]


class Nearest(NamedTuple):
    """Of each row: the root mean square difference to the nearest row of the others, and that row's place."""

    distance: Distances
    place: Int[Tensor, "n"]


class Closer(NamedTuple):
    """The share of generated clips nearer than the quantile of the held-out ones, with its interval."""

    value: float
    low: float
    high: float
    threshold: float


def nearest(rows: Float[Tensor, "n d"], batches: Iterable[Float[Tensor, "_ d"]]) -> Nearest:
    """One pass over the batches of the others, which are never held together."""
    best = torch.full_like(rows[:, 0], torch.inf)
    place = torch.zeros_like(best, dtype=torch.long)
    seen = 0
    for batch in batches:
        index = torch.cdist(rows, batch).argmin(dim=1)
        distance = (rows - batch[index]).square().mean(dim=1).sqrt()  # a product of matrices blurs small distances
        better = distance < best
        best, place = torch.where(better, distance, best), torch.where(better, index + seen, place)
        seen += len(batch)
    return Nearest(best, place)


def closer(
    generated: Distances, held_out: Distances, groups: Groups, quantile: float, num_resamples: int, seed: int
) -> Closer:
    """Rows of both belong together. About ``quantile`` without memory; the interval resamples groups for both."""
    drawn = draw_groups(groups, num_resamples, seed).long()
    shares = torch.stack(
        [_share(generated.repeat_interleave(n), held_out.repeat_interleave(n), quantile) for n in drawn]
    )
    low, high = interval(shares)
    threshold = held_out.double().quantile(quantile)
    return Closer(float(_share(generated, held_out, quantile)), float(low), float(high), float(threshold))


def _share(generated: Distances, held_out: Distances, quantile: float) -> Float[Tensor, ""]:
    return (generated.double() < held_out.double().quantile(quantile)).double().mean()
