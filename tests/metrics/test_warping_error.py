import numpy as np
import torch
import torch.nn.functional as F

from kineograph.metrics.network_warping_error import NetworkWarpingError
from kineograph.metrics.protocol import extractors_of
from kineograph.metrics.warping_error import WarpingError, warping_error


def texture():
    noise = torch.randn(1, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    return F.interpolate(noise, size=(96, 96), mode="bicubic").clamp(-2, 2)[0] / 2


def test_still_is_zero_a_slide_is_small_noise_is_large():
    still = texture()[None, None, :, 16:80, 16:80].expand(1, 4, 3, 64, 64)
    slide = torch.stack([texture()[:, 16:80, 16 + k : 80 + k] for k in range(4)])[None]
    noise = still + 0.5 * torch.randn(still.shape, generator=torch.Generator().manual_seed(1))
    errors = [float(warping_error(video)) for video in (still, slide, noise)]
    assert errors[0] == 0
    assert errors[1] < 4 < errors[2]


def test_one_channel_small_films_and_single_frames(real, sample_of):
    assert warping_error(real[:, :, :1]).shape == (12,)
    metric = WarpingError(num_resamples=10, seed=0)
    metric.update(sample_of(real, real[:, :1].expand_as(real), range(12)))
    assert metric.compute()["value"] == 0
    assert warping_error(real[:1, :1]).isnan().all()


class Slides:
    """Says that everything moves to the right or back by two pixels."""

    name, sha256 = "slides", "5"

    def __init__(self):
        self.places = []

    def __call__(self, here, there):
        step = 2.0 if not len(self.places) % 2 else -2.0
        self.places.append(step)
        return np.broadcast_to(np.array([step, 0], np.float32), (*here.shape[:2], 2)).copy()


def test_by_another_flow_by_hand(sample_of):
    """Ramps of 2 levels a pixel that do move by two pixels, and that stand 4 levels too bright."""
    ramp = (torch.arange(64.0) * 2).expand(64, 64)
    moves = torch.stack([ramp, ramp - 4])[None, :, None].expand(-1, -1, 3, -1, -1) / 127.5 - 0.5
    brighter = torch.stack([ramp, ramp])[None, :, None].expand(-1, -1, 3, -1, -1) / 127.5 - 0.5
    brighter = brighter + torch.tensor([0.0, 8 / 127.5])[None, :, None, None, None]
    for film, wanted in ((moves, 0), (brighter, 12)):
        metric = NetworkWarpingError(flow=Slides(), num_resamples=5, seed=0)
        metric.update(sample_of(film, film, range(1)))
        assert abs(float(metric.compute()["value"]) - wanted) < 0.6  # rounding to levels
        assert extractors_of({"raft": metric}) == {"slides": "5"}
