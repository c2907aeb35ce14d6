"""Stable Video Diffusion, tiny and random."""

import pytest

from kineograph.networks.giants.stable_video_diffusion import StableVideoDiffusion
from tests.networks.giants.owed import OWED, the_caption_is_told


@pytest.mark.parametrize(
    "owed", [owe for owe in OWED if owe is not the_caption_is_told], ids=lambda owed: owed.__name__
)
@pytest.mark.parametrize("name", ["stable_video_diffusion"])
def test_it_is_a_giant(tiny_giant, clip, condition, tmp_path, name, owed):
    giant = tiny_giant(name)
    assert isinstance(giant, StableVideoDiffusion)
    owed(giant, clip, condition, tmp_path)
