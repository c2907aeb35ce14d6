"""SDEdit, where the right answer is known."""

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.video import to_uint8, write
from kineograph.procedures.edit import Edit
from kineograph.procedures.frozen import Frozen
from kineograph.samplers.euler import Euler
from kineograph.samplers.karras_grid import KarrasGrid
from tests.procedures.gaussian import Independent, closed_form, known_nothing

SEEDS = [1, 2, 3]


def edited(condition, clip, strength, animates=None, tell_first=False):
    procedure = Edit(animates=animates or Independent(), film=None, strength=strength, tell_first=tell_first)
    return procedure.animate(condition._replace(guide=clip.video), Noise(SEEDS))


def test_strength_0_is_the_film_and_1_is_the_plain_animation(condition, clip):
    untold = known_nothing(condition)
    assert torch.equal(edited(untold, clip, 0.0), clip.video)
    assert torch.equal(edited(untold, clip, 1.0), Independent().animate(untold, Noise(SEEDS)))


@pytest.mark.parametrize("strength", [0.25, 0.6])
def test_between_it_follows_the_flow_from_the_noised_film(condition, clip, strength):
    noise = Noise(SEEDS).normal(*clip.video.shape[1:])
    noised = (1 - strength) * clip.video + strength * noise  # levels are even: the walk is left by its level
    expected = closed_form(noised, strength, 0.5).clamp(-1, 1)
    torch.testing.assert_close(edited(known_nothing(condition), clip, strength), expected, atol=0.02, rtol=0)


def test_more_strength_goes_further_from_the_film(condition, clip):
    apart = [(edited(known_nothing(condition), clip, s) - clip.video).square().mean() for s in (0.05, 0.3, 0.9)]
    assert apart[0] < apart[1] < apart[2]


def test_a_sample_does_not_depend_on_its_batch(condition, clip):
    whole = edited(known_nothing(condition), clip, 0.5)
    one = known_nothing(type(condition)(*(None if f is None else f[1:2] for f in condition)))
    part = Edit(animates=Independent(), film=None, strength=0.5, tell_first=False).animate(
        one._replace(guide=clip.video[1:2]), Noise([2])
    )
    torch.testing.assert_close(part, whole[1:2])


def test_the_films_first_frame_may_be_told(condition, clip):
    video = edited(known_nothing(condition), clip, 0.7, tell_first=True)
    assert torch.equal(video[:, 0], clip.video[:, 0]) and not torch.equal(video[:, 1], clip.video[:, 1])


def test_the_film_may_be_a_file_of_another_size(condition, clip, tmp_path):
    path = write(tmp_path / "film.png", to_uint8(clip.video[0, :1]), 12.0, {})
    video = Edit(animates=Independent(), film=str(path), strength=0.0, tell_first=False).animate(
        known_nothing(condition), Noise(SEEDS)
    )
    torch.testing.assert_close(video, clip.video[:1, :1].expand_as(video))


def test_what_cannot_be_is_told(condition):
    with pytest.raises(UserError, match="diffusion animator"):
        Edit(animates=Frozen(), film=None, strength=0.5, tell_first=False)
    with pytest.raises(UserError, match="strength"):
        Edit(animates=Independent(), film=None, strength=1.5, tell_first=False)
    with pytest.raises(UserError, match="procedure.film"):
        Edit(animates=Independent(), film=None, strength=0.5, tell_first=False).animate(condition, Noise(SEEDS))


def test_a_picture_that_is_told_is_what_the_film_is_noised_around(condition, clip):
    """The denoiser sees the told picture under its noise, as in training, not the film's own frame."""
    seen = []

    class Watched(Independent):
        def estimate(self, condition):
            clean = super().estimate(condition)
            return lambda noisy, level: seen.append((noisy, level)) or clean(noisy, level)

    condition = condition._replace(known=-clip.video * condition.mask)  # far from the film's own
    edited(condition, clip, 0.3, Watched())
    noisy, _ = seen[0]
    noise = Noise(SEEDS).normal(*clip.video.shape[1:])
    torch.testing.assert_close(noisy[:, 0], 0.7 * condition.known[:, 0] + 0.3 * noise[:, 0])


def test_a_sampler_that_begins_later_is_told_where(condition, clip):
    def on_grid(ratio_max):
        animates = Independent()
        animates.sampler = KarrasGrid(sampler=Euler(num_steps=300), ratio_min=0.002, ratio_max=ratio_max, rho=7.0)
        return edited(known_nothing(condition), clip, 0.6, animates)

    with pytest.raises(UserError, match=r"animator.sampler.ratio_max=1.5$"):
        on_grid(0.5)
    noise = Noise(SEEDS).normal(*clip.video.shape[1:])
    expected = closed_form(0.4 * clip.video + 0.6 * noise, 0.6, 0.5).clamp(-1, 1)
    torch.testing.assert_close(on_grid(1.5), expected, atol=0.02, rtol=0)
