"""Wan, tiny and random."""

import pytest

from kineograph.animators.pretrained import one
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.networks.giants.wan import Wan
from tests.networks.giants.owed import OWED, film, known_latents_are_put_back_at_every_step


@pytest.mark.parametrize("owed", OWED, ids=lambda owed: owed.__name__)
@pytest.mark.parametrize("name", ["wan:text", "wan:picture"])
def test_it_is_a_giant(tiny_giant, clip, condition, tmp_path, name, owed):
    giant = tiny_giant(name)
    assert isinstance(giant, Wan)
    owed(giant, clip, condition, tmp_path)


def test_known_latents_are_put_back_at_every_step(tiny_giant, clip, condition, monkeypatch):
    known_latents_are_put_back_at_every_step(tiny_giant("wan:text"), clip, condition, monkeypatch)


def test_two_experts_animate_in_turn_are_counted_and_not_tuned(tiny_giant, clip, condition):
    giant = tiny_giant("wan:experts")
    pipeline, heard = giant.pipeline(condition.device), []
    experts = {"high": pipeline.transformer, "low": pipeline.transformer_2}
    for name, expert in experts.items():
        expert.register_forward_pre_hook(lambda *_, name=name: heard.append(name))
    made = film(giant, condition, 1)
    assert made.shape == condition.known[:1].shape and made.isfinite().all()
    assert set(heard) == {"high", "low"} and heard == sorted(heard)  # once over to the one for little noise
    counts = [sum(p.numel() for p in expert.parameters()) for expert in experts.values()]
    assert giant.num_parameters() == sum(counts)
    assert tiny_giant("wan:text").num_parameters() == counts[0]
    with pytest.raises(UserError, match="expert"):
        giant.lesson(clip.video[:1], one(condition, 0), Noise([5]), untold=False)
