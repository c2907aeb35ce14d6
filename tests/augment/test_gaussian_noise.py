"""Grain of a known strength, still and white."""

import pytest
import torch

from kineograph.augment.gaussian_noise import GaussianNoise
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from tests.augment.drawn import Drawn, moving


def test_strength_is_the_draw_and_grain_is_still_and_gaussian():
    clip = moving(height=64, width=64)
    clip = clip._replace(video=clip.video * 0.2)  # far from the clamp
    grain = GaussianNoise(probability=1, sigma=0.1)(clip, Drawn([0.0], [0.5])).video - clip.video
    torch.testing.assert_close(grain, grain[:, :1].expand_as(grain), atol=1e-6, rtol=0)
    still = grain[0, 0].flatten() / 0.05  # half of sigma; 12 288 numbers
    assert abs(still.mean()) < 0.04 and still.std() == pytest.approx(1, abs=0.03)
    assert (still.abs() < 1).float().mean() == pytest.approx(0.6827, abs=0.02)


def test_strengths_differ_from_clip_to_clip_up_to_sigma():
    clip = moving(batch=100, height=32, width=32)
    clip = clip._replace(video=torch.zeros_like(clip.video))
    strengths = GaussianNoise(probability=1, sigma=0.1)(clip, Noise.at(0, 0, 100)).video.flatten(1).std(dim=1)
    assert strengths.max() < 0.11 and strengths.min() < 0.02
    assert strengths.mean() == pytest.approx(0.05, abs=0.01)


def test_never_and_out_of_range():
    clip = moving(batch=6)
    assert torch.equal(GaussianNoise(probability=0, sigma=1)(clip, Noise.at(0, 0, 6)).video, clip.video)
    assert GaussianNoise(probability=1, sigma=1)(clip, Noise.at(0, 0, 6)).video.abs().max() <= 1
    for changes, message in [({"probability": 2}, "probability is 2"), ({"sigma": -0.1}, "sigma is -0.1")]:
        with pytest.raises(UserError, match=message):
            GaussianNoise(**({"probability": 1, "sigma": 0.1} | changes))
