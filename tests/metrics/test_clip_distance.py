import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.metrics.bootstrap import halves
from kineograph.metrics.clip_distance import ClipDistance
from kineograph.metrics.kernel_distance import kernel_distance
from kineograph.metrics.kernels.cubic import Cubic


def measured(extractor, sample, standardise=False, pairs_within_groups=False, num_splits=1):
    metric = ClipDistance(
        extractor=extractor,
        standardise=standardise,
        kernel=Cubic(),
        pairs_within_groups=pairs_within_groups,
        num_splits=num_splits,
        num_resamples=40,
        seed=0,
    )
    metric.update(sample)
    return metric.compute()


def numbered(sample):
    """Several clips a group, each with a key of its own."""
    return sample._replace(clip=sample.clip._replace(key=sample.clip.key + torch.arange(len(sample.clip.key))))


def test_is_the_mean_of_both_ways_across_halves(real, fake, means, sample_of):
    x, y = means(real).double(), means(fake).double()
    wanted = []
    for split in range(3):
        one, two = halves(torch.arange(12), split)
        wanted += [kernel_distance(y[one], x[two], Cubic()), kernel_distance(y[two], x[one], Cubic())]
    answer = measured(means, sample_of(real, fake, range(12)), num_splits=3)
    assert torch.isclose(answer["value"], torch.stack(wanted).mean())
    assert answer["low"] < answer["value"] < answer["high"]


def test_copies_within_a_group_are_no_evidence(real, fake, means, sample_of):
    once = measured(means, sample_of(real, fake, range(12)))
    twice = numbered(sample_of(real.repeat(2, 1, 1, 1, 1), fake.repeat(2, 1, 1, 1, 1), [*range(12), *range(12)]))
    again = measured(means, twice)
    for name in once:  # also the interval
        assert torch.isclose(once[name], again[name]), name
    assert measured(means, twice, pairs_within_groups=True)["value"] > again["value"]


def test_pairs_within_groups_may_count(real, fake, means, sample_of):
    """Then it is the KID's estimate, whatever the groups."""
    groups = [number // 2 for number in range(12)]
    one, two = halves(torch.tensor(groups), 0)
    x, y = means(real).double(), means(fake).double()
    wanted = (kernel_distance(y[one], x[two], Cubic()) + kernel_distance(y[two], x[one], Cubic())) / 2
    answer = measured(means, numbered(sample_of(real, fake, groups)), pairs_within_groups=True)
    assert torch.isclose(answer["value"], wanted)


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
    with pytest.raises(UserError, match="at least 4 groups"):
        measured(means, sample_of(real[:3], fake[:3], range(3)))
