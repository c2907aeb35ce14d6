"""The Frechet distance of frozen features of frames: FID with Inception, fd_efflite0 with EfficientNet-Lite0.

Heusel et al., arXiv:1706.08500, equation 6.
"""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torchmetrics import Metric

from kineograph.core.errors import UserError
from kineograph.core.protocols import Extractor
from kineograph.core.types import Sample
from kineograph.metrics.frechet import frechet_distance


class FrechetDistance(Metric):
    """State: count, sum and sum of products in float64, which add up over batches and ranks.

    Biased upward for few frames; compare rows of equal n. Raises UserError below two frames.
    """

    full_state_update = False
    higher_is_better = False

    def __init__(self, *, extractor: Extractor):
        super().__init__()
        self.extractor = extractor
        d = extractor.feature_dim
        for side in ("real", "fake"):
            self.add_state(f"{side}_count", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
            self.add_state(f"{side}_sum", torch.zeros(d, dtype=torch.float64), dist_reduce_fx="sum")
            self.add_state(f"{side}_products", torch.zeros(d, d, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, sample: Sample) -> None:
        for side, video in (("real", sample.clip.video), ("fake", sample.fake)):
            features = self.extractor(video)
            rows = (rearrange(features, "b t d -> (b t) d") if features.ndim == 3 else features).double()
            setattr(self, f"{side}_count", getattr(self, f"{side}_count") + len(rows))
            setattr(self, f"{side}_sum", getattr(self, f"{side}_sum") + rows.sum(dim=0))
            setattr(self, f"{side}_products", getattr(self, f"{side}_products").addmm(rows.T, rows))

    def compute(self) -> dict[str, Tensor]:
        if min(self.real_count, self.fake_count) < 2:
            raise UserError("a Frechet distance needs at least 2 frames on each side; is the held-out part empty?")
        return {"value": frechet_distance(*self.moments("real"), *self.moments("fake"))}

    def moments(self, side: str) -> tuple[Float[Tensor, "d"], Float[Tensor, "d d"]]:
        """Mean and unbiased covariance."""
        count, total = getattr(self, f"{side}_count"), getattr(self, f"{side}_sum")
        mean = total / count
        return mean, (getattr(self, f"{side}_products") - count * torch.outer(mean, mean)) / (count - 1)
