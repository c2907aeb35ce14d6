"""One judge a scale: the film itself, half as large, a quarter as large (Wang et al. 2018, "pix2pixHD",
arXiv 1711.11585, section 3.2)."""

from copy import deepcopy

import torch
from einops import rearrange, reduce
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Judged, Video


class MultiScaleDiscriminator(nn.Module):
    """Scores b n: those of every scale side by side, fine first. Scales do not share weights."""

    def __init__(self, *, judge: nn.Module, num_scales: int):
        super().__init__()
        self.judges = nn.ModuleList(deepcopy(judge) for _ in range(num_scales))

    def forward(self, video: Video, condition: Condition) -> Judged:
        scores, features = [], []
        for place, judge in enumerate(self.judges):
            if place > 0:
                video, condition = self.shrunk(video, condition)
            judged = judge(video, condition)
            scores.append(rearrange(judged.scores, "b ... -> b (...)"))
            features += judged.features
        return Judged(torch.cat(scores, dim=1), features)

    @staticmethod
    def shrunk(video: Video, condition: Condition) -> tuple[Float[Tensor, "b t c _ _"], Condition]:
        """Means over 2 x 2 pixels; one is given where at least half of its four are, as the mean of these."""
        pooled = "b t c (h two) (w too) -> b t c h w"
        share = reduce(condition.mask, pooled, "mean", two=2, too=2)
        mask = (share >= 0.5).to(share)
        known = reduce(condition.known * condition.mask, pooled, "mean", two=2, too=2) / share.clamp(min=0.5) * mask
        return reduce(video, pooled, "mean", two=2, too=2), condition._replace(known=known, mask=mask)
