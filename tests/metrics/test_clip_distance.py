import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.metrics.bootstrap import halves
from kineograph.metrics.clip_distance import ClipDistance
from kineograph.metrics.kernel_distance import kernel_distance


def measured(extractor, sample, standardise=False):
    metric = ClipDistance(extractor=extractor, standardise=standardise, num_resamples=40, seed=0)
    metric.update(sample)
    return metric.compute()


def test_is_the_mean_of_both_ways_across_halves(real, fake, means, sample_of):
    one, two = halves(torch.arange(12))
    x, y = means(real).double(), means(fake).double()
    wanted = (kernel_distance(y[one], x[two]) + kernel_distance(y[two], x[one])) / 2
    answer = measured(means, sample_of(real, fake, range(12)))
    assert torch.isclose(answer["value"], wanted)
    assert answer["low"] < answer["value"] < answer["high"]


def test_excess_is_the_distance_less_the_floor(real, fake, means, sample_of):
    made = measured(means, sample_of(real, fake, range(12)))
    floor = measured(means, sample_of(real, real, range(12)))
    assert torch.isclose(made["excess"], made["value"] - floor["value"])
    assert floor["excess"] == floor["excess_low"] == floor["excess_high"] == 0


def test_standardised_does_not_see_the_scale_of_features(real, fake, means, sample_of, extractor_of):
    sample = sample_of(real, fake, range(12))
    scaled = extractor_of(lambda video: 1000 * means(video) + 3)
    ours, theirs = measured(means, sample, True), measured(scaled, sample, True)
    assert torch.isclose(ours["value"], theirs["value"], rtol=1e-3)


def test_worse_is_farther(real, fake, means, sample_of):
    near = measured(means, sample_of(real, real * 0.95, range(12)), True)["value"]
    assert near < measured(means, sample_of(real, fake * 0.1 + 0.8, range(12)), True)["value"]


def test_frame_features_count_as_rows(real, fake, sample_of, extractor_of):
    frames = extractor_of(lambda video: video.mean(dim=(3, 4)))
    assert measured(frames, sample_of(real, fake, range(12)))["value"].isfinite()


def test_too_few_clips_is_said(real, fake, means, sample_of):
    with pytest.raises(UserError, match="at least 2 groups"):
        measured(means, sample_of(real[:3], fake[:3], range(3)))
