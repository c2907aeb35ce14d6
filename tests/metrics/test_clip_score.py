"""A set whose labels are known: films of four colours, half of them brightening and half darkening."""

import pytest
import torch

from kineograph.metrics.clip_score import ClipScore, regression

DRAWN = {"num_resamples": 20, "seed": 0}


def coloured(labels, seed=0):
    """Label = brightest channel (3 of them) + 3 where the film darkens; with a little noise."""
    noise = 0.05 * torch.rand(len(labels), 4, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    films = noise - 0.5
    for film, label in zip(films, labels, strict=True):
        ramp = torch.linspace(0, 0.9, 4)
        film[:, label % 3] += (ramp if label < 3 else ramp.flip(0))[:, None, None]
    return films


@pytest.fixture
def course(extractor_of):
    return extractor_of(lambda video: video.mean(dim=(3, 4)))  # b t c


def trained(course, sample_of, labels, decay=1e-6):
    metric = ClipScore(extractor=course, num_training=100, decay=decay, **DRAWN)
    clip = sample_of(films := coloured(labels), films, range(len(labels))).clip
    metric.remember([clip._replace(label=torch.tensor(labels))])
    return metric


def score(metric, films, sample_of):
    metric.reset()
    metric.update(sample_of(films, films, range(len(films))))
    return {name: float(value) for name, value in metric.compute().items()}


def test_perfect_is_the_number_of_classes_and_constant_is_one(course, sample_of):
    labels = [0, 1, 2, 3, 4, 5] * 4
    metric = trained(course, sample_of, labels)
    perfect = score(metric, coloured(labels, seed=1), sample_of)  # films that it has never seen
    assert perfect["value"] == pytest.approx(6, rel=0.01)
    assert perfect["low"] <= perfect["value"] <= 6 and perfect["high"] <= 6 + 1e-9
    assert score(metric, coloured([2])[:1].repeat(8, 1, 1, 1, 1), sample_of)["value"] == pytest.approx(1, abs=1e-9)
    assert score(metric, coloured([0, 1] * 6, seed=2), sample_of)["value"] == pytest.approx(2, rel=0.01)


def test_it_sees_motion_where_the_features_do(course, extractor_of, sample_of):
    """Brightening against darkening: the mean colour of the whole film does not tell."""
    labels = [0, 3] * 10
    assert score(trained(course, sample_of, labels), coloured(labels, 1), sample_of)["value"] > 1.95
    blind = extractor_of(lambda video: video.mean(dim=(1, 3, 4)))
    assert score(trained(blind, sample_of, labels, 1e-2), coloured(labels, 1), sample_of)["value"] < 1.2


def test_where_there_is_nothing_to_learn_it_is_nan(course, sample_of):
    films = coloured([0, 1, 2])
    for labels in ([-1, -1, -1], [1, 1, -1]):
        metric = ClipScore(extractor=course, num_training=10, decay=1e-3, **DRAWN)
        clip = sample_of(films, films, range(3)).clip
        metric.remember([clip._replace(label=torch.tensor(labels))])
        assert torch.tensor(list(score(metric, films, sample_of).values())).isnan().all()


def test_the_regression_is_at_its_minimum():
    """Both gradients by hand: residuals against the rows, less the decay; and what is drawn plays no part."""
    x = torch.randn(40, 5, generator=torch.Generator().manual_seed(0)).double()
    label = torch.randint(0, 3, (40,), generator=torch.Generator().manual_seed(1)) * 7  # 0, 7, 14
    weight, bias = regression(x, label, 0.01)
    hot = torch.stack([label == value for value in (0, 7, 14)], dim=1).double()
    residual = ((x @ weight + bias).softmax(dim=1) - hot) / 40
    torch.testing.assert_close(x.T @ residual + 0.02 * weight, torch.zeros_like(weight), rtol=0, atol=1e-5)
    torch.testing.assert_close(residual.sum(dim=0), torch.zeros(3).double(), rtol=0, atol=1e-5)
    torch.manual_seed(5)
    torch.testing.assert_close(regression(x, label, 0.01)[0], weight, rtol=0, atol=0)
