"""Whether the generated clips move as much as the real ones: distance of the distributions of motion amount.

Wasserstein-1 (Vallender 1974), on the same pictures: the real clips themselves give 0.
"""

import torch
from torch import Tensor

from kineograph.core.types import Key, Sample
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.levels import motion_amount
from kineograph.metrics.rows import Rows
from kineograph.metrics.wasserstein import weighted_wasserstein_distance


class MotionDistance(Rows):
    """Wasserstein-1 between per-clip motion amounts, in 8-bit levels a frame step; the interval resamples groups.

    Amount is mean |frame difference|. It says nothing about what moves: read it beside the clip distance.
    """

    higher_is_better = False

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(columns=("real", "fake"))
        self.num_resamples = num_resamples
        self.seed = seed

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        return {"real": motion_amount(sample.clip.video), "fake": motion_amount(sample.fake)}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        weights = torch.cat([torch.ones_like(drawn[:1]), drawn])
        values = weighted_wasserstein_distance(table["real"].double(), table["fake"].double(), weights, weights)
        low, high = interval(values[1:])
        return {"value": values[0], "low": low, "high": high, "draws": values[1:]}
