"""AnimateDiff, tiny and random."""

import pytest

from kineograph.networks.giants.animate_diff import AnimateDiff
from tests.networks.giants.owed import OWED, known_latents_are_put_back_at_every_step


@pytest.mark.parametrize("owed", OWED, ids=lambda owed: owed.__name__)
@pytest.mark.parametrize("name", ["animate_diff"])
def test_it_is_a_giant(tiny_giant, clip, condition, tmp_path, name, owed):
    giant = tiny_giant(name)
    assert isinstance(giant, AnimateDiff)
    owed(giant, clip, condition, tmp_path)


def test_known_latents_are_put_back_at_every_step(tiny_giant, clip, condition, monkeypatch):
    known_latents_are_put_back_at_every_step(tiny_giant("animate_diff"), clip, condition, monkeypatch)
