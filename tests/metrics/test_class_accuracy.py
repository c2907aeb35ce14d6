import math

import pytest
import torch

from kineograph.metrics.class_accuracy import ClassAccuracy


class Seen:
    """A row of each frame, in which the class lights one pixel."""

    name, feature_dim, sha256 = "seen", 8, "5"

    def __call__(self, video):
        return video[:, :, 0, 0]


def clips(sample_of, seed, n=60, classes=4):
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(classes, (n,), generator=generator)
    video = 0.2 * torch.randn(n, 4, 3, 8, 8, generator=generator)
    video[torch.arange(n), :, 0, 0, label] += 1
    return sample_of(video, video, list(range(n))).clip._replace(label=label)


@pytest.fixture
def metric(sample_of):
    found = ClassAccuracy(extractor=Seen(), num_training=60, ridge=0.01, num_resamples=50, seed=0)
    found.remember([clips(sample_of, 0)])
    return found


def answer(metric, sample_of, clip, fake):
    metric.reset()
    metric.update(sample_of(clip.video, fake, clip.group.tolist())._replace(clip=clip))
    return {part: float(value) for part, value in metric.compute().items()}


def test_real_films_are_named_and_films_of_one_class_are_right_where_it_was_asked_for(metric, sample_of):
    clip = clips(sample_of, 1)
    real = answer(metric, sample_of, clip, clip.video)
    assert real["value"] == 1 and real["low"] == 1
    place = int((clip.label == 2).nonzero()[0])
    same = answer(metric, sample_of, clip, clip.video[place : place + 1].expand_as(clip.video))
    assert same["value"] == pytest.approx((clip.label == 2).float().mean().item())
    assert same["chance"] == pytest.approx(clip.label.bincount().max().item() / 60)
    assert same["low"] < same["value"] < same["high"]


def test_shuffled_films_are_as_good_as_their_agreement(metric, sample_of):
    clip = clips(sample_of, 1)
    shuffled = torch.randperm(60, generator=torch.Generator().manual_seed(3))
    expected = (clip.label[shuffled] == clip.label).float().mean().item()
    assert answer(metric, sample_of, clip, clip.video[shuffled])["value"] == pytest.approx(expected)


def test_without_labels_there_is_no_number(metric, sample_of):
    clip = clips(sample_of, 1)._replace(label=torch.full((60,), -1))
    assert math.isnan(answer(metric, sample_of, clip, clip.video)["value"])
    empty = ClassAccuracy(extractor=Seen(), num_training=60, ridge=0.01, num_resamples=50, seed=0)
    empty.remember([clip])
    assert math.isnan(answer(empty, sample_of, clips(sample_of, 1), clip.video)["value"])
