import pytest
import torch

from kineograph.metrics.drift_per_second import DriftPerSecond, drift


def seconds(length, fps):
    return (torch.arange(length) / fps)[None]


def test_a_fade_drifts_in_its_mean_alone():
    """12 levels a second in every channel: three of nine slopes are 12."""
    video = torch.stack([torch.full((3, 8, 8), (100 + k) / 127.5 - 1) for k in range(9)])[None]
    assert float(drift(video, seconds(9, 12))) == pytest.approx(12 / 3**0.5, rel=1e-4)
    assert float(drift(video, seconds(9, 24))) == pytest.approx(24 / 3**0.5, rel=1e-4)


def test_fading_stripes_lose_mean_spread_and_sharpness():
    """Columns of 0 and 20 a, a from 10 down by 1 a frame: mean 10 a, deviation 10 a, sharpness (20 a + 0) / 2."""
    stripes = torch.tensor([0.0, 20.0]).repeat(4).expand(1, 8, 8)
    video = torch.stack([stripes * a for a in range(10, 4, -1)])[None] / 127.5 - 1
    assert float(drift(video, seconds(6, 1))) == pytest.approx(10, rel=1e-4)


def test_motion_inside_is_no_drift():
    picture = torch.rand(1, 8, 8, generator=torch.Generator().manual_seed(0)).round() * 2 - 1
    torus = torch.stack([picture.roll(k, dims=2) for k in range(8)])[None]
    padded = torch.cat([torch.full_like(torus[..., :1], -1.0), torus], dim=-1)
    assert float(drift(padded, seconds(8, 8))) < float(drift(padded * torch.linspace(1, 0.5, 8)[:, None, None, None],
                                                              seconds(8, 8))) / 3  # fmt: skip


def test_as_a_metric_uses_the_clips_times(real, sample_of):
    metric = DriftPerSecond(num_resamples=10, seed=0)
    metric.update(sample_of(real, real[:, :1].expand_as(real), range(12)))
    assert float(metric.compute()["value"]) == pytest.approx(0, abs=1e-4)
