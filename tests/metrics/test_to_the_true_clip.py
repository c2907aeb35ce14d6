"""Metrics that compare a film with the true clip of its picture, frame by frame."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from kineograph.core.errors import UserError
from kineograph.metrics.made_frames import mean_made
from kineograph.metrics.perceptual_frame_difference import PerceptualFrameDifference
from kineograph.metrics.protocol import extractors_of
from kineograph.metrics.psnr import Psnr
from kineograph.metrics.ssim import Ssim

DRAWN = {"num_resamples": 10, "seed": 0}


def films(seed, size=16):
    video = torch.rand(3, 3, 3, size, size, generator=torch.Generator().manual_seed(seed))
    return (video * 255).round() / 127.5 - 1


def value(metric, sample):
    metric.update(sample)
    return float(metric.compute()["value"])


def test_frames_that_were_given_do_not_count(sample_of):
    condition = sample_of(films(0), films(1), range(3)).condition  # the first of three
    numbers = torch.tensor([[9.0, 1, 2], [9, 3, 5], [9, 0, 0]])
    assert mean_made(numbers, condition).tolist() == [1.5, 4, 0]
    whole = condition._replace(mask=torch.ones_like(condition.mask))
    assert mean_made(numbers, whole).isnan().all()
    partly = condition.mask.clone()
    partly[:, 0, :, 0, 0] = 0  # a frame with a pixel to paint counts
    assert mean_made(numbers, condition._replace(mask=partly)).tolist() == [4, pytest.approx(17 / 3), 3]


def test_psnr_by_hand(sample_of):
    """Every pixel 5 levels too bright: 20 log10(255 / 5)."""
    real = (films(0) - 0.2).clamp(-1, 0.5)
    real = ((real + 1) * 127.5).round() / 127.5 - 1
    assert value(Psnr(**DRAWN), sample_of(real, real + 5 / 127.5, range(3))) == pytest.approx(
        20 * math.log10(51), rel=1e-4
    )
    assert value(Psnr(**DRAWN), sample_of(real, real, range(3))) == 100


def reference_ssim(one, two):
    """Wang et al., equation 13, with scipy's Gaussian window of 11 pixels; films are mirrored at their borders."""

    def blur(x):
        return gaussian_filter(x, 1.5, truncate=5 / 1.5, mode="mirror")  # fmt: skip

    scores = []
    for x, y in zip(one, two, strict=True):
        mx, my = blur(x), blur(y)
        vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        table = (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
        scores.append(table.mean())
    return np.mean(scores)


def test_ssim_on_our_range_and_shape(sample_of):
    real, fake = films(0, 24), films(1, 24)
    levels = [((video[:, 1:].double() + 1) * 127.5).flatten(0, 2).numpy() for video in (real, fake)]
    wanted = reference_ssim(*levels)  # the given first frame left out
    assert value(Ssim(**DRAWN), sample_of(real, fake, range(3))) == pytest.approx(wanted, abs=1e-4)
    white = torch.ones_like(real)
    white[:, :, :, :3] = -1
    for film in (real, white):
        assert value(Ssim(**DRAWN), sample_of(film, film, range(3))) == pytest.approx(1, abs=1e-9)


def test_ssim_of_tiny_films_is_told(sample_of):
    with pytest.raises(UserError, match="11 pixels"):
        value(Ssim(**DRAWN), sample_of(films(0, 8), films(1, 8), range(3)))


class Brightness:
    """How much brighter a frame is than another, as a perceptual distance."""

    name, sha256 = "brightness", "9"

    def apart(self, first, second):
        return (first - second).mean(dim=(2, 3, 4)).abs()


def test_perceptual_distance_of_the_frames_that_were_made(sample_of):
    real = films(0)
    fake = real.clone()
    fake[:, 1] += 0.5
    metric = PerceptualFrameDifference(distance=Brightness(), **DRAWN)
    assert value(metric, sample_of(real, fake, range(3))) == pytest.approx(0.25)
    assert extractors_of({"pdist": metric}) == {"brightness": "9"}
