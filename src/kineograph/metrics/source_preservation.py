"""Whether the film still shows the given picture: closeness of its frames to it in frozen features.

Cosine of features with the mean picture taken out, as in image retrieval (Jegou and Chum, ECCV 2012, section 3).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from kineograph.core.protocols import Extractor
from kineograph.core.types import Condition, Key, Sample, Video
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.rows import Rows


class SourcePreservation(Rows):
    """1 where every frame is the given picture, about 0 where the frames show any other picture of the data.

    Real clips move, so they score below 1. nan where no whole frame is given.
    """

    higher_is_better = True

    def __init__(self, *, extractor: Extractor, num_resamples: int, seed: int):
        super().__init__(columns=("source", "fake"))
        self.extractor = extractor
        self.num_resamples = num_resamples
        self.seed = seed

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        source, given = first_given(sample.condition)
        features = self.extractor(source)
        return {"source": torch.where(given[:, None, None], features, torch.nan), "fake": self.extractor(sample.fake)}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        source, fake = table["source"].double(), table["fake"].double()
        given = ~source.isnan().any(dim=2).any(dim=1)
        if not given.any():
            nothing = torch.full((), torch.nan, dtype=torch.float64)
            return {"value": nothing, "low": nothing, "high": nothing}
        drawn = draw_groups(groups, self.num_resamples, self.seed)[:, given]
        source, fake = source[given], fake[given]
        mean = source.mean(dim=0, keepdim=True) if len(source) > 1 else 0.0
        closeness = F.cosine_similarity(source - mean, fake - mean, dim=2).mean(dim=1)
        means = drawn @ closeness / drawn.sum(dim=1)
        low, high = interval(means)
        return {"value": closeness.mean(), "low": low, "high": high, "draws": means}


def first_given(condition: Condition) -> tuple[Video, Tensor]:
    """The first frame that is wholly given (b 1 c h w), and whether there is one."""
    whole = condition.mask.amin(dim=(2, 3, 4)) > 0  # b t
    place = whole.int().argmax(dim=1)
    each = torch.arange(len(place), device=place.device)
    return condition.known[each, place][:, None], whole.any(dim=1)
