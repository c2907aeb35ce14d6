import pytest
import torch
from torch_fidelity.metric_isc import isc_features_to_metric

from kineograph.metrics.inception_score import InceptionScore, inception_score


def score(logits):
    return float(inception_score(logits.double(), torch.ones(1, len(logits), dtype=torch.float64))[0])


def test_equals_torch_fidelity_whole_and_in_splits():
    logits = torch.randn(60, 17, generator=torch.Generator().manual_seed(0)).double() * 2
    for splits in (1, 4):
        theirs = isc_features_to_metric(logits, splits=splits, shuffle=False)["inception_score_mean"]
        ours = sum(score(part) for part in logits.chunk(splits)) / splits
        assert ours == pytest.approx(theirs, rel=1e-9)


def test_between_one_and_the_number_of_classes():
    sure = torch.eye(5) * 1000
    assert score(sure) == pytest.approx(5)
    assert score(sure[:1].expand(4, 5)) == pytest.approx(1)
    assert score(torch.zeros(4, 5)) == pytest.approx(1)


def test_weights_repeat_rows():
    logits = torch.randn(3, 4, generator=torch.Generator().manual_seed(1)).double()
    weighted = inception_score(logits, torch.tensor([[2.0, 1.0, 0.0]]).double())
    assert float(weighted[0]) == pytest.approx(score(logits[[0, 0, 1]]))


class Brightest:
    """Which of three columns is the brightest, as a classifier."""

    name, feature_dim, sha256 = "brightest", 3, "2"

    def __call__(self, video):
        return video.mean(dim=(2, 3))[..., :3]

    def classify(self, features):
        return features * 1000


def test_as_a_metric(sample_of):
    films = torch.full((4, 2, 1, 3, 3), -1.0)
    for place, column in enumerate((0, 1, 2, 0)):
        films[place, ..., column] = 1
    metric = InceptionScore(extractor=Brightest(), num_resamples=50, seed=0)
    metric.update(sample_of(films, films[:3].repeat(2, 1, 1, 1, 1)[:4], range(4)))
    answer = metric.compute()
    half, quarter = torch.tensor([0.5]), torch.tensor([0.25])
    entropy = -(half * half.log() + 2 * quarter * quarter.log()).sum()
    assert float(answer["value"]) == pytest.approx(float(entropy.exp()), rel=1e-6)
    assert 1 <= answer["low"] <= answer["value"] <= answer["high"] <= 3 + 1e-9
