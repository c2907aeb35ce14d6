"""The state of metrics that compare real and generated films by a frozen network's features."""

from einops import rearrange, repeat
from jaxtyping import Float, Int
from torch import Tensor

from kineograph.core.protocols import Extractor
from kineograph.core.types import Key, Sample
from kineograph.metrics.rows import Rows

Features = Float[Tensor, "n d"]
Groups = Int[Tensor, "n"]  # of each row


class FeatureRows(Rows):
    """Columns ``real`` and ``fake``: the features of each clip, or of each of its frames."""

    def __init__(self, *, extractor: Extractor):
        super().__init__(columns=("real", "fake"))
        self.extractor = extractor

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        return {"real": self.extractor(sample.clip.video), "fake": self.extractor(sample.fake)}


def sides(groups: Key, table: dict[str, Tensor]) -> tuple[Groups, Features, Features]:
    """Group, real and generated features of each row, in double precision; frames with features are rows."""
    real, fake = table["real"].double(), table["fake"].double()
    if real.ndim == 3:
        groups = repeat(groups, "n -> (n t)", t=real.shape[1])
        real, fake = rearrange(real, "n t d -> (n t) d"), rearrange(fake, "n t d -> (n t) d")
    return groups, real, fake
