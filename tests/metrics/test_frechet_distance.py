import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.metrics.frechet import frechet_distance
from kineograph.metrics.frechet_distance import FrechetDistance


def test_batches_add_up_to_the_whole(real, fake, means, sample_of):
    metric = FrechetDistance(extractor=means)
    for part in (slice(0, 5), slice(5, 12)):
        metric.update(sample_of(real[part], fake[part], range(12)[part]))
    x, y = means(real).double(), means(fake).double()
    wanted = frechet_distance(x.mean(dim=0), x.T.cov(), y.mean(dim=0), y.T.cov())
    assert torch.isclose(metric.compute()["value"], wanted)


def test_identical_films_are_at_no_distance(real, means, sample_of):
    metric = FrechetDistance(extractor=means)
    metric.update(sample_of(real, real, range(12)))
    assert abs(metric.compute()["value"]) < 1e-9


def test_one_frame_is_too_few(real, means, sample_of):
    metric = FrechetDistance(extractor=means)
    metric.update(sample_of(real[:1], real[:1], [0]))
    with pytest.raises(UserError, match="at least 2 frames"):
        metric.compute()
