"""How sure a classifier is of each frame and how varied its answers are: the Inception Score, and its offline kin.

Salimans et al., arXiv:1606.03498, section 4: exp(E KL(p(y|x) || p(y))).
"""

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Classifier
from kineograph.core.types import Key, Sample
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.rows import Rows


class InceptionScore(Rows):
    """From 1 (every frame gets the same answer) to the number of classes; compare it with the real row's.

    One split of all frames, where papers average over ten. It looks at the generated frames alone.
    """

    higher_is_better = None  # drawings are no pictures of one of a thousand things

    def __init__(self, *, extractor: Classifier, num_resamples: int, seed: int):
        super().__init__(columns=("logits",))
        self.extractor = extractor
        self.num_resamples = num_resamples
        self.seed = seed

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        return {"logits": self.extractor.classify(self.extractor(sample.fake))}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        logits = table["logits"].double()
        if logits.ndim == 3:
            groups = repeat(groups, "n -> (n t)", t=logits.shape[1])
            logits = rearrange(logits, "n t d -> (n t) d")
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        values = inception_score(logits, torch.cat([torch.ones_like(drawn[:1]), drawn]))
        low, high = interval(values[1:])
        return {"value": values[0], "low": low, "high": high, "draws": values[1:]}


def inception_score(logits: Float[Tensor, "n k"], weights: Float[Tensor, "r n"]) -> Float[Tensor, "r"]:
    """For each line of weights (how often each row counts): the entropy of the mean answer less the mean entropy."""
    share = weights / weights.sum(dim=1, keepdim=True)
    log_p = logits.log_softmax(dim=1)
    entropies = -(log_p.exp() * log_p).sum(dim=1)
    mean = share @ log_p.exp()
    return (-torch.xlogy(mean, mean).sum(dim=1) - share @ entropies).exp()
