"""How far the generated clips are from real ones, by a kernel on frozen features, across halves of the groups.

Binkowski et al., arXiv:1801.01401 (the KID's kernel). One class serves clip_distance, kid and kid_efflite0.
"""

import torch
from einops import rearrange, repeat
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.protocols import Extractor
from kineograph.core.types import Key, Sample
from kineograph.metrics.bootstrap import draw_groups, halves, interval
from kineograph.metrics.kernel_distance import weighted_kernel_distance
from kineograph.metrics.rows import Rows


class ClipDistance(Rows):
    """Generated clips of one half of the groups against real clips of the other, both ways, averaged.

    Generated and real clips of one picture share their content, so that comparing them would give less than 0.
    ``excess`` is the distance less the real clips' own (the floor) on the same halves and the same resamples: the
    halves differ by chance, by as much for every row, so differences are known better than the distances.
    Intervals resample groups. Raises UserError where a half has fewer than two clips.
    """

    higher_is_better = False

    def __init__(self, *, extractor: Extractor, standardise: bool, num_resamples: int, seed: int):
        super().__init__(columns=("real", "fake"))
        self.extractor = extractor
        self.standardise = standardise  # divide each feature by its spread over the real rows
        self.num_resamples = num_resamples
        self.seed = seed

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        return {"real": self.extractor(sample.clip.video), "fake": self.extractor(sample.fake)}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        real, fake = table["real"].double(), table["fake"].double()
        if real.ndim == 3:  # one row a frame
            groups = repeat(groups, "n -> (n t)", t=real.shape[1])
            real, fake = rearrange(real, "n t d -> (n t) d"), rearrange(fake, "n t d -> (n t) d")
        if self.standardise:
            mean, spread = real.mean(dim=0), real.std(dim=0, correction=0).clamp(min=1e-6)
            real, fake = (real - mean) / spread, (fake - mean) / spread
        sides = halves(groups)
        if min(int(side.sum()) for side in sides) < 2 or groups.unique().numel() < 2:
            raise UserError(
                f"a distance across halves needs at least 2 groups with 2 rows in each half, and there are "
                f"{groups.unique().numel()} groups and {len(groups)} rows: hold out more of the data"
            )
        # the first line counts every row once, the others are resamples
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        weights = torch.cat([torch.ones_like(drawn[:1]), drawn])
        one, two = sides
        made, floor = (
            torch.stack(
                [
                    weighted_kernel_distance(rows[a], real[b], weights[:, a], weights[:, b])
                    for a, b in ((one, two), (two, one))
                ]
            ).mean(dim=0)
            for rows in (fake, real)
        )
        answer = {}
        for name, values in (("value", made), ("excess", made - floor)):
            resampled = values[1:]
            low, high = interval(resampled[resampled.isfinite()])
            prefix = "" if name == "value" else f"{name}_"
            answer |= {name: values[0], f"{prefix}low": low, f"{prefix}high": high}
        return answer
