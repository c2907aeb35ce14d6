"""How far the generated clips are from real ones, by a kernel on frozen features, across halves of the groups.

Binkowski et al., arXiv:1801.01401. One class serves clip_distance, kid and kvd: they differ in features and kernel.
"""

import torch
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.protocols import Extractor
from kineograph.core.types import Key
from kineograph.metrics.bootstrap import draw_groups, halves, interval
from kineograph.metrics.feature_rows import FeatureRows, sides
from kineograph.metrics.kernel_distance import Kernel, mean_across, mean_of_pairs


class ClipDistance(FeatureRows):
    """Generated clips of one half of the groups against real clips of the other, both ways, averaged over many halves.

    Generated and real clips of one picture share their content, so that comparing them would give less than 0; and
    clips of one group resemble each other, so that a pair of them is no evidence of how alike two clips are
    (``pairs_within_groups`` counts such pairs nevertheless, as the KID does: then the real clips' own distance, the
    floor, lies well above 0). ``excess`` is the distance less the floor on the same halves and the same resamples.
    Intervals resample groups. Raises UserError where a half has fewer than two groups.
    """

    higher_is_better = False

    def __init__(
        self,
        *,
        extractor: Extractor,
        standardise: bool,
        kernel: Kernel,
        pairs_within_groups: bool,
        num_splits: int,
        num_resamples: int,
        seed: int,
    ):
        super().__init__(extractor=extractor)
        self.standardise = standardise  # divide each feature by its spread over the real rows
        self.kernel = kernel
        self.pairs_within_groups = pairs_within_groups
        self.num_splits = num_splits  # into halves; the luck of a single one outweighs what is to be measured
        self.num_resamples = num_resamples
        self.seed = seed

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        groups, real, fake = sides(groups, table)
        if len(real) > 1 and (real == real[0]).all():
            raise UserError("all real clips have the same features, so nothing can be told apart: are the films blank?")
        if self.standardise:
            mean, spread = real.mean(dim=0), real.std(dim=0, correction=0).clamp(min=1e-6)
            real, fake = (real - mean) / spread, (fake - mean) / spread
        if (count := groups.unique().numel()) < 4:
            raise UserError(
                f"a distance across halves needs at least 4 groups, 2 in each half, and there are {count} "
                f"({len(groups)} rows): hold out more of the data"
            )
        # the first line counts every row once, the others are resamples
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        weights = torch.cat([torch.ones_like(drawn[:1]), drawn])
        if self.pairs_within_groups:
            counts = 1 - torch.eye(len(groups), dtype=weights.dtype, device=weights.device)
        else:
            counts = (groups[:, None] != groups).to(weights.dtype)
        reals, fakes, between = self.kernel(real, real), self.kernel(fake, fake), self.kernel(fake, real)
        made, floor = torch.zeros_like(weights[:, 0]), torch.zeros_like(weights[:, 0])
        for split in range(self.num_splits):
            one, two = halves(groups, split)
            for a, b in ((one, two), (two, one)):
                of_a, of_b = weights[:, a], weights[:, b]
                real_a = mean_of_pairs(reals[a][:, a], counts[a][:, a], of_a)
                real_b = mean_of_pairs(reals[b][:, b], counts[b][:, b], of_b)
                fake_a = mean_of_pairs(fakes[a][:, a], counts[a][:, a], of_a)
                made += fake_a + real_b - 2 * mean_across(between[a][:, b], of_a, of_b)
                floor += real_a + real_b - 2 * mean_across(reals[a][:, b], of_a, of_b)
        made, floor = made / (2 * self.num_splits), floor / (2 * self.num_splits)
        answer = {}
        for name, values in (("value", made), ("excess", made - floor)):
            resampled = values[1:]
            low, high = interval(resampled)
            prefix = "" if name == "value" else f"{name}_"
            answer |= {name: values[0], f"{prefix}low": low, f"{prefix}high": high, f"{prefix}draws": resampled}
        return answer
