import torch

from kineograph.metrics.frame_repeat_rate import FrameRepeatRate, repeat_rate
from tests.metrics.sliding import slide


def test_shares_by_hand():
    assert float(repeat_rate(slide([0, 1, 2, 3, 4]), 0.25)) == 0
    assert float(repeat_rate(slide([0, 0, 1, 1, 2]), 0.25)) == 0.5
    assert float(repeat_rate(slide([3, 3, 3]), 0.25)) == 1


def test_tolerance_is_in_levels():
    video = torch.stack([torch.full((3, 4, 4), level / 127.5 - 1) for level in (100, 101, 103)])[None]
    assert [float(repeat_rate(video, tolerance)) for tolerance in (0.5, 1.0, 2.0)] == [0, 0.5, 1]


def test_as_a_metric(sample_of):
    films = torch.cat([slide([0, 0, 1]), slide([0, 1, 2])])
    metric = FrameRepeatRate(tolerance=0.25, num_resamples=10, seed=0)
    metric.update(sample_of(films, films, [0, 1]))
    assert float(metric.compute()["value"]) == 0.25
