"""How many of the modes of moving_shapes are shown: the laws of motion, for each shape.

Counting modes whose labels are known is the test of Metz et al., arXiv:1611.02163, section 3.3.1 (stacked MNIST).
"""

import torch
from torch import Tensor

from kineograph.core.types import Key, Sample
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.motion_law import LAW, LAWS, fit, known
from kineograph.metrics.rows import Rows

SHAPE = 0  # its place among the factors
NO_LAW = -1


class ModeCoverage(Rows):
    """The share of the real clips' modes (law and shape) that any generated clip shows; ``same_law``: the share of
    clips that follow the law of the real clip, which is to be expected where the label is told.

    nan for other data. The real row is below 1 where tracking by pixels mistakes a law.
    """

    higher_is_better = True

    def __init__(self, *, tolerance: float, num_resamples: int, seed: int):
        super().__init__(columns=("real", "fake", "shape"))
        self.tolerance = tolerance  # per cent of the side: a film that is farther from every law shows no mode
        self.num_resamples = num_resamples
        self.seed = seed

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        factors = sample.clip.factors
        there = known(factors)
        nothing = torch.full_like(sample.fake[:, 0, 0, 0, 0], torch.nan)
        real, fake, shape = nothing, nothing.clone(), nothing.clone()
        if there.any():
            real = torch.where(there, factors[:, LAW], nothing)
            shape = torch.where(there, factors[:, SHAPE], nothing)
            found = fit(sample.fake[there], sample.clip.times[there], factors[there])
            fake[there] = torch.where(100 * found.error <= self.tolerance, found.law, NO_LAW).to(fake)
        return {"real": real, "fake": fake, "shape": shape}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        there = ~table["real"].isnan()
        if not there.any():
            nothing = torch.full((), torch.nan, dtype=torch.float64)
            return {"value": nothing, "low": nothing, "high": nothing}
        real, fake, shape = (table[name][there].long() for name in ("real", "fake", "shape"))
        mode = torch.nn.functional.one_hot(shape * len(LAWS) + real).double()
        place = shape * len(LAWS) + fake.clamp(min=0)
        made = torch.nn.functional.one_hot(place, mode.shape[1] + len(LAWS)).double() * (fake != NO_LAW)[:, None]
        drawn = draw_groups(groups, self.num_resamples, self.seed)[:, there]
        weights = torch.cat([torch.ones_like(drawn[:1]), drawn])
        asked = (weights @ mode) > 0
        shown = ((weights @ made) > 0)[:, : mode.shape[1]]
        coverage = (asked & shown).sum(dim=1) / asked.sum(dim=1)
        same = weights @ (real == fake).double() / weights.sum(dim=1)
        answer = {}
        for name, values in (("value", coverage), ("same_law", same)):
            resampled = values[1:]
            low, high = interval(resampled)
            prefix = "" if name == "value" else f"{name}_"
            answer |= {name: values[0], f"{prefix}low": low, f"{prefix}high": high, f"{prefix}draws": resampled}
        return answer
