"""Whether a film shows the class it was told: accuracy of a classifier that learned from the real training clips alone
(the CAS turned round: Ravuri and Vinyals 2019, arXiv:1905.10887; by a ridge regression, as caption_retrieval)."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Extractor
from kineograph.core.types import Clip, Key, Sample, Video
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.rows import Rows


class ClassAccuracy(Rows):
    """The share of films that the classifier names as they are labelled; ``chance`` is that of the commonest label.

    The real row is what the classifier can do at best. nan where it was given no labelled training clips by
    ``remember``, and for clips without a label.
    """

    higher_is_better = True

    def __init__(self, *, extractor: Extractor, num_training: int, ridge: float, num_resamples: int, seed: int):
        super().__init__(columns=("label", "named"))
        self.extractor = extractor
        self.num_training = num_training  # clips, at most
        self.ridge = ridge  # of the mean square of standardised features
        self.num_resamples = num_resamples
        self.seed = seed
        self.tower: tuple[Tensor, Tensor, Tensor, Tensor] | None = None  # mean, spread, map, and offset of each class

    def remember(self, clips: Iterable[Clip]) -> None:
        """Fits the classifier to these batches of training clips."""
        features, labels = [], []
        for clip in clips:
            if sum(map(len, labels)) >= self.num_training:
                break
            there = clip.label >= 0
            if not there.any():
                continue  # the network need not look
            features.append(self._features(clip.video)[there].cpu())
            labels.append(clip.label[there].cpu())
        if not sum(map(len, labels)):
            return
        x, label = torch.cat(features)[: self.num_training], torch.cat(labels)[: self.num_training]
        mean, spread = x.mean(dim=0), x.std(dim=0, correction=0).clamp(min=1e-6)
        x, y = (x - mean) / spread, F.one_hot(label).double()
        inside = x @ x.T + x.shape[1] * self.ridge * len(x) * torch.eye(len(x), dtype=x.dtype)
        self.tower = mean, spread, x.T @ torch.linalg.solve(inside, y - y.mean(dim=0)), y.mean(dim=0)

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        label = sample.clip.label
        if self.tower is None:
            return {"label": torch.full_like(label, -1), "named": label}
        mean, spread, tower, offset = (part.to(label.device) for part in self.tower)
        named = ((self._features(sample.fake) - mean) / spread @ tower + offset).argmax(dim=1)
        return {"label": label, "named": named}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        label, named = table["label"], table["named"]
        there = label >= 0
        if not there.any():
            return dict.fromkeys(("value", "chance"), torch.full((), torch.nan, dtype=torch.float64))
        hits = (label == named)[there].double()
        drawn = draw_groups(groups, self.num_resamples, self.seed)[:, there]
        values = drawn @ hits / drawn.sum(dim=1)
        low, high = interval(values)
        chance = label[there].bincount().max() / len(hits)
        return {"value": hits.mean(), "low": low, "high": high, "draws": values, "chance": chance.double()}

    def _features(self, video: Video) -> Float[Tensor, "b d"]:
        return self.extractor(video).flatten(1).double()
