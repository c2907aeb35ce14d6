"""Whether a film's keypoints are where the true clip's are, and whether they are there at all: AKD and MKR.

Siarohin et al., "Monkey-Net", arXiv:1812.08861, section 4.2 (average keypoint distance, missing keypoint rate).
"""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Key, Sample, Video
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.rows import Rows

Points = Float[Tensor, "b t k 2"]  # x to the right, y down, in pixels; nan where a point is not found


@runtime_checkable
class Detector(Protocol):
    """Finds the same points in every frame."""

    name: str

    @property
    def sha256(self) -> str: ...

    def __call__(self, video: Video) -> Points: ...


class KeypointDistance(Rows):
    """Mean distance of the points found in both films, per cent of the longer side; ``missing``: the share of the true
    clip's points that the film lacks. Frames that were given whole do not count.

    It asks for the true motion, as motion transfer does. nan where the true clip shows no point.
    """

    higher_is_better = False

    def __init__(self, *, detector: Detector, num_resamples: int, seed: int):
        super().__init__(columns=("apart", "found", "shown"))  # sum of the distances, numbers of points
        self.detector = detector
        self.num_resamples = num_resamples
        self.seed = seed

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        real, fake = self.detector(sample.clip.video), self.detector(sample.fake)
        made = sample.condition.mask.amin(dim=(2, 3, 4))[..., None] < 1  # b t 1
        shown = made & ~real.isnan().any(dim=3)
        found = shown & ~fake.isnan().any(dim=3)
        apart = 100 * (real - fake).norm(dim=3) / max(sample.fake.shape[-2:])
        parts = {"apart": torch.where(found, apart, 0), "found": found, "shown": shown}
        return {name: part.flatten(1).sum(dim=1, dtype=torch.float64) for name, part in parts.items()}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        apart, found, shown = (table[name] for name in ("apart", "found", "shown"))
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        weights = torch.cat([torch.ones_like(drawn[:1]), drawn])
        answer = {}
        for name, above, below in (("value", apart, found), ("missing", shown - found, shown)):
            values = (weights @ above) / (weights @ below)  # 0 / 0 is nan
            low, high = interval(values[1:])
            prefix = "" if name == "value" else f"{name}_"
            answer |= {name: values[0], f"{prefix}low": low, f"{prefix}high": high, f"{prefix}draws": values[1:]}
        return answer
