"""AnimateDiff, tiny and random."""

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.networks.giants.animate_diff import AnimateDiff
from tests.networks.giants.owed import OWED, film, known_latents_are_put_back_at_every_step


@pytest.mark.parametrize("owed", OWED, ids=lambda owed: owed.__name__)
@pytest.mark.parametrize("name", ["animate_diff"])
def test_it_is_a_giant(tiny_giant, clip, condition, tmp_path, name, owed):
    giant = tiny_giant(name)
    assert isinstance(giant, AnimateDiff)
    owed(giant, clip, condition, tmp_path)


def test_known_latents_are_put_back_at_every_step(tiny_giant, clip, condition, monkeypatch):
    known_latents_are_put_back_at_every_step(tiny_giant("animate_diff"), clip, condition, monkeypatch)


def test_films_longer_than_its_motion_modules_are_told(tiny_giant, clip, condition):
    giant = tiny_giant("animate_diff")
    most = giant.pipeline(torch.device("cpu")).unet.config.motion_max_seq_length
    known, mask = (part[:, :1].expand(-1, most + 1, -1, -1, -1) for part in (condition.known, condition.mask))
    long = condition._replace(known=known, mask=mask, times=torch.arange(most + 1).expand(2, -1) / 8)
    with pytest.raises(UserError, match=f"at most {most} frames at once, not {most + 1}; .*rollout=overlap"):
        film(giant, long, 1)
