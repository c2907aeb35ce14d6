import torch
import torch.nn.functional as F

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
