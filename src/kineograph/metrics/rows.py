"""The state of metrics that keep one row a clip: gathered over the ranks, sorted by key, each key once."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from kineograph.core.errors import UserError
from kineograph.core.types import KEYS_PER_GROUP, Key, Sample
from kineograph.metrics.gather import gather_rows


class Rows(Metric, ABC):
    """Columns of one row a clip. The result does not depend on batches, their order or the number of ranks.

    ``compute`` answers {"value": ..., "low": ..., "high": ...}; the interval only where there is one. Resampled values
    ("draws", or "PART_draws") are kept in ``draws``: two animators' on the same resamples give a paired difference.
    """

    full_state_update = False

    def __init__(self, columns: tuple[str, ...]):
        super().__init__(dist_sync_fn=gather_rows)
        self.columns = columns
        self.draws: dict[str, Tensor] = {}
        self.add_state("key", [], dist_reduce_fx="cat")
        for column in columns:
            self.add_state(column, [], dist_reduce_fx="cat")

    @abstractmethod
    def measure(self, sample: Sample) -> dict[str, Tensor]:
        """One row a clip for every column."""

    @abstractmethod
    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]: ...

    def update(self, sample: Sample) -> None:
        self.key.append(sample.clip.key)
        for column, rows in self.measure(sample).items():
            getattr(self, column).append(rows.detach())

    def compute(self) -> dict[str, Tensor]:
        key = dim_zero_cat(self.key) if len(self.key) else torch.zeros(0, dtype=torch.long)
        if not len(key):
            raise UserError(f"{type(self).__name__} was given no clips; is the held-out part of the data empty?")
        order = key.argsort(stable=True)
        first = torch.ones_like(key, dtype=torch.bool)
        first[1:] = key[order].diff() != 0
        order = order[first]
        table = {column: dim_zero_cat(getattr(self, column))[order] for column in self.columns}
        answer = self.summarise(key[order] // KEYS_PER_GROUP, table)
        drawn = [name for name in answer if name.endswith("draws")]
        self.draws = {name.removesuffix("draws").rstrip("_") or "value": answer.pop(name) for name in drawn}
        return answer
