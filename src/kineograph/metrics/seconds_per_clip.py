"""Seconds to animate one clip, as the evaluation ran it."""

from torch import Tensor

from kineograph.core.types import Key, Sample
from kineograph.metrics.rows import Rows


class SecondsPerClip(Rows):
    """The median over clips, so that the first batch's warm-up does not count. Depends on machine and batch."""

    higher_is_better = False

    def __init__(self):
        super().__init__(columns=("cost",))

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        return {"cost": sample.fake.new_full((len(sample.clip.key),), sample.cost)}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"value": table["cost"].median()}
