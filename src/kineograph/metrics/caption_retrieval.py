"""Whether a film is found by its caption among all captions: R@k of a small video-text tower.

The tower is a ridge regression from frozen features to the words, as the linear heads of Frome et al., "DeViSE", 2013,
section 3.2; R@k as Xu et al., MSR-VTT, have it. It learns from the training clips alone.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Extractor
from kineograph.core.types import Clip, Key, Sample, Video
from kineograph.metrics.bootstrap import draw_groups, interval
from kineograph.metrics.rows import Rows

Words = Float[Tensor, "b d"]  # the mean of a caption's words; nan where there is no caption


class CaptionRetrieval(Rows):
    """The share of films whose own caption is nearest (``value``), and among the ``among`` nearest, of all different
    captions of the clips; ``chance`` is the share of the commonest. The real row is what the tower can do at best.

    nan where it was given no training clips with captions by ``remember``, and for clips without.
    """

    higher_is_better = True

    def __init__(
        self, *, extractor: Extractor, num_training: int, ridge: float, among: int, num_resamples: int, seed: int
    ):
        super().__init__(columns=("words", "told"))
        self.extractor = extractor
        self.num_training = num_training  # clips, at most
        self.ridge = ridge  # of the mean square of standardised features
        self.among = among
        self.num_resamples = num_resamples
        self.seed = seed
        self.tower: tuple[Tensor, Tensor, Tensor] | None = None  # mean and spread of the features, and the map

    def remember(self, clips: Iterable[Clip]) -> None:
        """Fits the tower to these batches of training clips."""
        features, words = [], []
        for clip in clips:
            if sum(map(len, words)) >= self.num_training:
                break
            told = mean_words(clip)
            there = ~told.isnan().any(dim=1)
            if not there.any():
                continue  # the network need not look
            features.append(self._features(clip.video)[there].cpu())
            words.append(told[there].double().cpu())
        if not sum(map(len, words)):
            return
        x, y = torch.cat(features)[: self.num_training], torch.cat(words)[: self.num_training]
        mean, spread = x.mean(dim=0), x.std(dim=0, correction=0).clamp(min=1e-6)
        x = (x - mean) / spread
        size = x.shape[1] * self.ridge * len(x)
        inside = x @ x.T + size * torch.eye(len(x), dtype=x.dtype)  # one row a clip: fewer than features
        self.tower = mean, spread, x.T @ torch.linalg.solve(inside, y - y.mean(dim=0))

    def measure(self, sample: Sample) -> dict[str, Tensor]:
        words = mean_words(sample.clip).double()
        if self.tower is None:
            return {"words": words, "told": torch.full_like(words, torch.nan)}
        mean, spread, tower = (part.to(words.device) for part in self.tower)
        return {"words": words, "told": (self._features(sample.fake) - mean) / spread @ tower}

    def summarise(self, groups: Key, table: dict[str, Tensor]) -> dict[str, Tensor]:
        words, told = table["words"], table["told"]
        there = ~(words.isnan() | told.isnan()).any(dim=1)
        names = ("value", f"at_{self.among}")
        if not there.any():
            return dict.fromkeys((*names, "chance"), torch.full((), torch.nan, dtype=torch.float64))
        captions, own = words[there].unique(dim=0, return_inverse=True)
        alike = cosines(told[there], captions - captions.mean(dim=0))
        better = (alike > alike.gather(1, own[:, None])).sum(dim=1)  # captions that are nearer than the film's own
        drawn = draw_groups(groups, self.num_resamples, self.seed)[:, there]
        answer = {"chance": own.bincount().max().double() / len(own)}
        for name, limit in zip(names, (1, self.among), strict=True):
            hits = (better < limit).double()
            values = drawn @ hits / drawn.sum(dim=1)
            low, high = interval(values)
            prefix = "" if name == "value" else f"{name}_"
            answer |= {name: hits.mean(), f"{prefix}low": low, f"{prefix}high": high, f"{prefix}draws": values}
        return answer

    def _features(self, video: Video) -> Float[Tensor, "b d"]:
        return self.extractor(video).flatten(1).double()  # frames in their order: the map can tell one from another


def cosines(one: Float[Tensor, "n d"], other: Float[Tensor, "k d"]) -> Float[Tensor, "n k"]:
    """Of every pair, as a product of matrices: films x captions x numbers would not fit where there are thousands."""
    return F.normalize(one, eps=1e-8) @ F.normalize(other, eps=1e-8).T


def mean_words(clip: Clip) -> Words:
    """One row a clip, whatever the order of the words."""
    mask = clip.text_mask[..., None]
    return torch.where(mask, clip.text, 0).sum(dim=1) / mask.sum(dim=1)  # 0 / 0 is nan: no caption
