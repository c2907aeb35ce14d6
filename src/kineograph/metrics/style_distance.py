"""How far the style of generated films is from that of the real ones: Gram matrices against their mean.

Gatys et al., arXiv:1508.06576, equation 4, as a share: 1 is the size of the real clips' own mean matrices.
"""

from torch import Tensor

from kineograph.core.protocols import Extractor
from kineograph.core.types import Key
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.feature_rows import FeatureRows


class StyleDistance(FeatureRows):
    """Mean over clips of |style of the clip - mean style of the real clips of all other groups| over that mean's size.

    A clip's style is the mean of its frames' features. The real row is above 0: no picture is the mean of the others.
    nan where all clips are of one group. Read it beside the warping error: style is bought with flicker.
    """

    higher_is_better = False

    def __init__(self, *, extractor: Extractor, num_resamples: int, seed: int):
        super().__init__(extractor=extractor)
        self.num_resamples = num_resamples
        self.seed = seed

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        real, fake = (table[side].double().mean(dim=1) for side in ("real", "fake"))  # one row a clip
        others = groups[:, None] != groups  # a film and the real clip of its own picture share their content
        wanted = others.to(real.dtype) @ real / others.sum(dim=1, keepdim=True)
        numbers = (fake - wanted).norm(dim=1) / wanted.norm(dim=1)
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        means = drawn @ numbers / drawn.sum(dim=1)
        low, high = interval(means)
        return {"value": numbers.mean(), "low": low, "high": high, "draws": means}
