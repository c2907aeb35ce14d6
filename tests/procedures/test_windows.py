"""Procedures on films that are longer than a model's window."""

import pytest
import torch

from kineograph.core.random import Noise
from kineograph.procedures.blend import Blend
from kineograph.procedures.edit import Edit
from kineograph.procedures.inpaint import Inpaint
from kineograph.procedures.windows import by_windows
from kineograph.rollouts.overlap import Overlap
from kineograph.rollouts.sliding import Sliding
from tests.procedures.gaussian import Independent, known_nothing

SEEDS = [1, 2, 3]
ROLLOUTS = [Overlap(num_frames=3, num_known=1), Sliding(num_frames=3, num_known=1, stride=1)]


class OfThree(Independent):
    """Can make three frames, no more and no fewer."""

    def estimate(self, condition):
        assert condition.num_frames == 3
        return super().estimate(condition)


@pytest.mark.parametrize("rollout", ROLLOUTS)
@pytest.mark.parametrize("guide", [None, 1, 4])
def test_each_window_is_told_its_places_and_keeps_the_guide(condition, clip, rollout, guide):
    told = condition._replace(guide=None if guide is None else clip.video[:, :guide])
    seen = []

    def make(part, places, noise):
        assert torch.allclose(part.times, condition.times[:, places] - condition.times[:, places[:1]])
        expected = told.guide if guide != 4 else told.guide[:, places]
        assert part.guide is expected or torch.equal(part.guide, expected)
        seen.append(places.tolist())
        return clip.video[:, places]

    assert torch.equal(by_windows(rollout, make, told, Noise(SEEDS)), clip.video)
    assert seen == [[0, 1, 2], [1, 2, 3]]


@pytest.mark.parametrize("rollout", ROLLOUTS)
def test_a_long_film_is_redrawn_window_by_window(condition, clip, rollout):
    told = known_nothing(condition)._replace(guide=clip.video)
    edit = Edit(animates=OfThree(rollout=rollout), film=None, strength=0.5, tell_first=False)
    video = edit.animate(told, Noise(SEEDS))
    alone = Edit(animates=OfThree(), film=None, strength=0.5, tell_first=False)
    first = told._replace(
        known=told.known[:, :3], mask=told.mask[:, :3], times=told.times[:, :3], guide=clip.video[:, :3]
    )
    assert torch.equal(video[:, :2], alone.animate(first, Noise(SEEDS))[:, :2])  # sliding keeps no more of it
    slightly = Edit(animates=OfThree(rollout=rollout), film=None, strength=0.02, tell_first=False)
    assert (slightly.animate(told, Noise(SEEDS)) - clip.video).abs().mean() < 0.05  # each frame from its own


@pytest.mark.parametrize("rollout", ROLLOUTS)
def test_a_long_film_is_mended_window_by_window(condition, clip, rollout):
    told = known_nothing(condition)._replace(guide=clip.video)
    place = {"region": [0.0, 0.5, 1.0, 1.0], "span": [0.0, 1.0], "mask": None}
    video = Inpaint(animates=OfThree(rollout=rollout), film=None, replace=True, **place).animate(told, Noise(SEEDS))
    assert torch.equal(video[..., :4], clip.video[..., :4])
    assert (video[..., 4:] != clip.video[..., 4:]).float().mean() > 0.99


@pytest.mark.parametrize("rollout", ROLLOUTS)
def test_long_films_are_blended_window_by_window(condition, rollout):
    animates = OfThree(num_steps=5, rollout=rollout)
    video = Blend(animates=animates, picture=None, seed=7, first=0.0, last=0.0).animate(condition, Noise(SEEDS))
    assert torch.equal(video, rollout(animates.animate, condition, Noise(SEEDS)))
    changing = Blend(animates=animates, picture=None, seed=7, first=0.0, last=1.0).animate(condition, Noise(SEEDS))
    assert not torch.equal(changing[:, 1:], video[:, 1:])
