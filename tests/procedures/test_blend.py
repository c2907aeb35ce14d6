"""Two animations in one."""

import pytest
import torch

from kineograph.core.random import Noise
from kineograph.core.video import to_uint8, write
from kineograph.procedures.blend import Blend
from kineograph.procedures.jitter import Jitter
from kineograph.rollouts.overlap import Overlap
from tests.procedures.gaussian import Independent, closed_form, known_nothing

SEEDS = [1, 2, 3]


@pytest.mark.parametrize("animates", [Independent(num_steps=5), Jitter(amplitude=0.1, num_points=3, frequency=1.0)])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_at_either_end_it_is_either_animation(condition, clip, tmp_path, animates, share):
    path = write(tmp_path / "other.png", to_uint8(clip.video[1, 2:3]), 12.0, {})
    video = Blend(animates=animates, picture=str(path), seed=7, first=share, last=share).animate(
        condition, Noise(SEEDS)
    )
    known = clip.video[1:2, 2:3] * condition.mask
    plain = animates.animate(condition, Noise(SEEDS))
    other = animates.animate(condition._replace(known=known), Noise([7, 7, 7]))
    assert not torch.equal(plain, other)
    assert torch.equal(video, other if share else plain)


def test_between_the_noise_is_as_strong_as_either_and_the_flow_is_followed(condition):
    """Two seeds of one model: the film of the mixed noise, which is standard normal."""
    untold = known_nothing(condition)
    video = Blend(animates=Independent(), picture=None, seed=7, first=0.5, last=0.5).animate(untold, Noise(SEEDS))
    shape = untold.known.shape[1:]
    starts = Noise(SEEDS).normal(*shape), Noise([7, 7, 7]).normal(*shape)
    expected = closed_form((starts[0] + starts[1]) / 2**0.5, 1.0, 0.5).clamp(-1, 1)
    torch.testing.assert_close(video, expected, atol=0.02, rtol=0)


def test_the_share_goes_evenly_through_the_film(condition):
    blend = Blend(animates=Independent(), picture=None, seed=1, first=0.0, last=1.0)
    torch.testing.assert_close(blend.share(condition)[0, :, 0, 0, 0], torch.tensor([0, 1 / 3, 2 / 3, 1]))


def test_the_same_noise_is_not_made_stronger(condition):
    """Two pictures, one seed: mixing a noise with itself leaves it as it is."""
    untold = known_nothing(condition)
    video = Blend(animates=Independent(), picture=None, seed=None, first=0.5, last=0.5).animate(untold, Noise(SEEDS))
    expected = closed_form(Noise(SEEDS).normal(*untold.known.shape[1:]), 1.0, 0.5).clamp(-1, 1)
    torch.testing.assert_close(video, expected, atol=0.02, rtol=0)


def test_in_windows_too_either_end_is_either_film(condition):
    long = Independent(num_steps=5, rollout=Overlap(num_frames=3, num_known=1))
    untold = known_nothing(condition)
    for share, seeds in ((0.0, SEEDS), (1.0, [7, 7, 7])):
        video = Blend(animates=long, picture=None, seed=7, first=share, last=share).animate(untold, Noise(SEEDS))
        alone = long.rollout(Independent(num_steps=5).animate, untold, Noise(seeds))
        torch.testing.assert_close(video, alone)


def test_a_coloured_picture_is_grey_by_luma_in_a_grey_film(condition, tmp_path):
    red = torch.zeros(1, 8, 8, 3, dtype=torch.uint8)
    red[..., 0] = 255
    path = write(tmp_path / "red.png", red, 12.0, {})
    grey = condition._replace(known=condition.known[:, :, :1])
    known = Blend(animates=Independent(), picture=str(path), seed=1, first=0.0, last=1.0).other(grey).known
    torch.testing.assert_close(known[:, 0], torch.full_like(known[:, 0], 2 * 0.299 - 1))


def test_the_seed_of_a_sample_itself_is_the_same_noise(condition):
    """Only where the two noises are one is nothing divided; the other samples' are two."""
    untold = known_nothing(condition)
    video = Blend(animates=Independent(), picture=None, seed=2, first=0.5, last=0.5).animate(untold, Noise(SEEDS))
    own, other = (Noise(seeds).normal(*untold.known.shape[1:]) for seeds in (SEEDS, [2, 2, 2]))
    mixed = (own + other) / 2**0.5
    mixed[1] = own[1]
    torch.testing.assert_close(video, closed_form(mixed, 1.0, 0.5).clamp(-1, 1), atol=0.02, rtol=0)
