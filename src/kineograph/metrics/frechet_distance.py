"""The Frechet distance of frozen features: FID with Inception, FVD with I3D, fd_efflite0 with EfficientNet-Lite0.

Heusel et al., arXiv:1706.08500, equation 6; for endless data as Chong and Forsyth, arXiv:1911.07023, section 3: the
bias of n rows is linear in 1 / n. Its error is the jackknife's, whole groups left out (Efron 1982, chapter 3).
"""

import torch
from scipy.special import stdtrit
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.protocols import Extractor
from kineograph.core.random import mix
from kineograph.core.types import Key
from kineograph.metrics.bootstrap import halves
from kineograph.metrics.feature_rows import FeatureRows, sides
from kineograph.metrics.frechet import frechet_distance_of_rows

NUM_SPLITS = 4  # into halves, for the distance at half as many rows
FEWEST = 3  # parts that an error can be told from


class FrechetDistance(FeatureRows):
    """Biased upward for few frames; ``infinity`` is where the line through n and n / 2 rows would end.

    Exactly 0 for the real row, whose two sides are the same rows. Raises UserError below two frames.
    """

    higher_is_better = False

    def __init__(self, *, extractor: Extractor, num_resamples: int):
        super().__init__(extractor=extractor)
        self.num_resamples = num_resamples  # parts of the groups, each left out once; below 3: only the value

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        groups, real, fake = sides(groups, table)
        if len(real) < 2:
            raise UserError("a Frechet distance needs at least 2 frames on each side; is the held-out part empty?")
        value = frechet_distance_of_rows(real, fake)
        answer = {"value": value}
        present = sorted(set(groups.tolist()), key=lambda group: mix(0, group))
        parts = min(self.num_resamples, len(present))
        if parts < FEWEST or len(present) < 4:
            return answer
        place = {group: number % parts for number, group in enumerate(present)}
        part = torch.tensor([place[group] for group in groups.tolist()], device=real.device)
        left_out = torch.stack([frechet_distance_of_rows(real[part != p], fake[part != p]) for p in range(parts)])
        error = ((parts - 1) * left_out.var(correction=0)).sqrt()
        reach = float(stdtrit(parts - 1, 0.975)) * error  # Student's t: few parts know little of their own spread
        masks = [mask for split in range(NUM_SPLITS) for mask in halves(groups, split)]
        # of halves that are no halves, each counts for its own share of rows
        inverse = torch.stack([len(real) / mask.sum() for mask in masks]).mean()
        smaller = torch.stack([frechet_distance_of_rows(real[mask], fake[mask]) for mask in masks]).mean()
        infinity = value - (smaller - value) / (inverse - 1)
        return answer | {"low": value - reach, "high": value + reach, "infinity": infinity}
