import torch

from kineograph.metrics.motion_distance import MotionDistance


def test_real_is_zero_and_still_is_the_mean_motion(real, sample_of):
    metric = MotionDistance(num_resamples=20, seed=0)
    metric.update(sample_of(real, real, range(12)))
    assert all(value == 0 for value in metric.compute().values())
    metric.reset()
    metric.update(sample_of(real, real[:, :1].expand_as(real), range(12)))
    amount = ((real + 1) * 127.5).round().diff(dim=1).abs().mean()
    assert torch.isclose(metric.compute()["value"], amount.double(), rtol=1e-5)
