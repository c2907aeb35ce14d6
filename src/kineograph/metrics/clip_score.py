"""The inception score of whole clips, by a classifier that learnt the labels of the real training clips.

Saito et al., "TGAN", arXiv:1611.06624, section 6.2 (there by C3D on UCF-101); Salimans et al., arXiv:1606.03498,
section 4. The classifier is a multinomial logistic regression on frozen features: its best weights are unique, so
nothing is drawn.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from kineograph.core.protocols import Extractor
from kineograph.core.types import Clip, Key, Sample, Video
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.inception_score import inception_score
from kineograph.metrics.rows import Rows

NUM_STEPS = 500  # of L-BFGS, at most

Classifier = tuple[Tensor, Tensor, Tensor, Tensor]  # mean and spread of the features, weights, bias


class ClipScore(Rows):
    """From 1 (every clip gets the same answer) to the number of classes; the real row is what the classifier can do.

    nan where ``remember`` was given no training clips of two classes. It looks at the generated clips alone, and not
    at whether a clip shows the class that was asked for.
    """

    higher_is_better = True

    def __init__(self, *, extractor: Extractor, num_training: int, decay: float, num_resamples: int, seed: int):
        super().__init__(columns=("logits",))
        self.extractor = extractor
        self.num_training = num_training  # clips, at most
        self.decay = decay  # of the squared weights, on standardised features
        self.num_resamples = num_resamples
        self.seed = seed
        self.classifier: Classifier | None = None

    def remember(self, clips: Iterable[Clip]) -> None:
        """Fits the classifier to these batches of training clips; those without a label do not count."""
        features, labels = [], []
        for clip in clips:
            if sum(map(len, labels)) >= self.num_training:
                break
            told = clip.label >= 0
            if not told.any():
                continue  # the network need not look
            features.append(self._features(clip.video)[told].cpu())
            labels.append(clip.label[told].cpu())
        if not labels or (label := torch.cat(labels)[: self.num_training]).unique().numel() < 2:
            return
        x = torch.cat(features)[: self.num_training]
        mean, spread = x.mean(dim=0), x.std(dim=0, correction=0)
        spread = torch.where(spread < 1e-6, torch.inf, spread)  # what never changes tells nothing
        self.classifier = mean, spread, *regression((x - mean) / spread, label, self.decay)

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        features = self._features(sample.fake)
        if self.classifier is None:
            return {"logits": torch.full_like(features[:, :1], torch.nan)}
        mean, spread, weight, bias = (part.to(features.device) for part in self.classifier)
        return {"logits": (features - mean) / spread @ weight + bias}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        logits = table["logits"]
        if logits.isnan().any():
            return dict.fromkeys(("value", "low", "high"), torch.full((), torch.nan, dtype=torch.float64))
        drawn = draw_groups(groups, self.num_resamples, self.seed)
        values = inception_score(logits, torch.cat([torch.ones_like(drawn[:1]), drawn]))
        low, high = interval(values[1:])
        return {"value": values[0], "low": low, "high": high, "draws": values[1:]}

    def _features(self, video: Video) -> Float[Tensor, "b d"]:
        return self.extractor(video).flatten(1).double()


def regression(
    x: Float[Tensor, "n d"], label: Int[Tensor, "n"], decay: float
) -> tuple[Float[Tensor, "d k"], Float[Tensor, "k"]]:
    """Weights and bias of the least mean cross-entropy + decay |weights|^2, for the labels that occur."""
    classes, target = label.unique(return_inverse=True)
    weight = torch.zeros(x.shape[1], len(classes), dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(len(classes), dtype=x.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=NUM_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(x @ weight + bias, target) + decay * weight.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)  # pyright: ignore[reportArgumentType] -- a tensor serves as a float
    return weight.detach(), bias.detach()
