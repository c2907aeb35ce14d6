"""The matrix on small clips, and the signs that are committed for the offline metrics."""

import math

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.metrics.damages import num_dense
from kineograph.metrics.flicker import Flicker
from kineograph.metrics.frame_repeat_rate import FrameRepeatRate
from kineograph.metrics.frechet_distance import FrechetDistance
from kineograph.metrics.motion_distance import MotionDistance
from kineograph.metrics.sensitivity import Reading, _error, sensitivity
from tests.metrics.conftest import first_frame, make_clip
from tests.metrics.sliding import slide


def dense_clips(count=20, num_frames=6):
    length = num_dense(num_frames)
    courses = [[round(t * (1 + k % 4) / 4) for t in range(length)] for k in range(count)]
    films = torch.cat([slide(course, seed=k, size=32) for k, course in enumerate(courses)])
    return make_clip(films, range(count))


def matrix(metrics, damages, clip=None):
    return sensitivity(metrics, clip or dense_clips(), first_frame, damages, 7, 5, 0, lambda words: None)


def test_signs_that_follow_from_the_definitions(means):
    metrics = {
        "motion_distance": MotionDistance(num_resamples=2, seed=0),
        "flicker": Flicker(num_resamples=2, seed=0),
        "frame_repeat_rate": FrameRepeatRate(tolerance=0.25, num_resamples=2, seed=0),
    }
    readings = matrix(metrics, ["freeze", "reverse", "flicker"])
    sign = {(r.metric, r.damage, r.strength): r.sign for r in readings}
    assert sign["motion_distance", "freeze", 1.0] == 1
    assert sign["motion_distance", "reverse", 1.0] == 0  # the same steps, backward
    assert sign["frame_repeat_rate", "freeze", 1.0] == 1
    assert sign["flicker", "freeze", 1.0] <= 0
    assert sign["flicker", "flicker", 16.0] == 1
    assert sign["flicker", "reverse", 1.0] == 0
    still = next(r for r in readings if (r.metric, r.damage, r.strength) == ("frame_repeat_rate", "freeze", 1.0))
    assert still.value == 1


def test_values_are_those_of_the_metric_fed_directly(means, sample_of):
    clip = dense_clips()
    readings = matrix({"fd": FrechetDistance(extractor=means, num_resamples=2)}, ["freeze"], clip)
    real = clip.video[:, ::2][:, :6]
    metric = FrechetDistance(extractor=means, num_resamples=2)
    still = ((real[:, :1].expand_as(real) + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1
    metric.update(sample_of(real, still, range(len(real))))
    assert readings[-1].strength == 1.0
    assert readings[-1].value == pytest.approx(float(metric.compute()["value"]), rel=1e-4)
    assert readings[-1].real == pytest.approx(0, abs=1e-6)


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = torch.randn(10, generator=torch.Generator().manual_seed(0)).double()
    left_out = [float(torch.cat([values[:k], values[k + 1 :]]).mean()) for k in range(10)]
    assert _error(left_out) == pytest.approx(float(values.std() / math.sqrt(10)), rel=1e-9)


def test_effects_and_signs():
    cell = Reading("m", "d", "motion", 1.0, real=2.0, real_error=0.1, value=3.0, error=0.1)
    assert (cell.effect, cell.sign) == (pytest.approx(10), 1)
    assert cell._replace(value=1.0).sign == -1
    assert cell._replace(value=2.3).sign == 0
    assert cell._replace(value=2.0, error=0.0).sign == 0
    assert cell._replace(error=0.0).effect == math.inf
    assert cell._replace(value=math.nan).sign == 0


def test_too_few_groups_are_told():
    with pytest.raises(UserError, match="at least 10 groups"):
        matrix({"flicker": Flicker(num_resamples=2, seed=0)}, ["freeze"], dense_clips(6))
