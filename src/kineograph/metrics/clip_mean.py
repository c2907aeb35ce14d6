"""The mean over clips of one number a clip, with the interval that resampling whole groups gives."""

from abc import abstractmethod

from torch import Tensor

from kineograph.core.types import Key, PerClip, Sample
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.rows import Rows


class ClipMean(Rows):
    """What flicker and warping error share. Clips without the number (nan) are left out; nan where none has it."""

    def __init__(self, num_resamples: int, seed: int):
        super().__init__(columns=("number",))
        self.num_resamples = num_resamples
        self.seed = seed

    @abstractmethod
    def per_clip(self, sample: Sample) -> PerClip: ...

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        return {"number": self.per_clip(sample)}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        number = table["number"].double()
        if number.isnan().all():
            return {"value": number[0], "low": number[0], "high": number[0]}
        # drawn from all groups, so that rows of a table share their resamples whatever each of them leaves out
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        there = ~number.isnan()
        means = drawn[:, there] @ number[there] / drawn[:, there].sum(dim=1)
        low, high = interval(means)
        return {"value": number[there].mean(), "low": low, "high": high, "draws": means}
