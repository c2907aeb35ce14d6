"""Precision, recall, density and coverage on frozen features of frames or clips.

Kynkäänniemi et al., arXiv:1904.06991; Naeem et al., arXiv:2002.09797.
"""

import torch
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.protocols import Extractor
from kineograph.core.types import Key
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.feature_rows import FeatureRows, sides
from kineograph.metrics.manifold import manifold


class PrecisionRecall(FeatureRows):
    """Shares of rows: precision and density tell how real the films look, recall and coverage how varied they are.

    A film and the real clip of its own picture share their content, so that they would be neighbours whatever the film
    does; only rows of different groups are (``pairs_within_groups`` lets all be, as in the papers). Intervals resample
    the groups of the judged rows. Raises UserError where a row has fewer neighbours than asked for.
    """

    higher_is_better = True

    def __init__(
        self, *, extractor: Extractor, neighbours: int, pairs_within_groups: bool, num_resamples: int, seed: int
    ):
        super().__init__(extractor=extractor)
        self.neighbours = neighbours
        self.pairs_within_groups = pairs_within_groups
        self.num_resamples = num_resamples
        self.seed = seed

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        groups, real, fake = sides(groups, table)
        if self.pairs_within_groups:
            across = torch.ones(len(groups), len(groups), dtype=torch.bool, device=groups.device)
            within = across & ~torch.eye(len(groups), dtype=torch.bool, device=groups.device)
        else:
            across = within = groups[:, None] != groups
        if int(within.sum(dim=1).min()) < self.neighbours:
            raise UserError(
                f"precision and recall look at {self.neighbours} neighbours of other groups and {len(groups)} rows of "
                f"{groups.unique().numel()} groups do not have them: hold out more of the data, or lower neighbours"
            )
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        answer = {}
        for name, numbers in manifold(real, fake, self.neighbours, within, within, across)._asdict().items():
            values = drawn @ numbers / drawn.sum(dim=1)
            low, high = interval(values)
            answer |= {name: numbers.mean(), f"{name}_low": low, f"{name}_high": high, f"{name}_draws": values}
        return answer
