"""CogVideoX, tiny and random."""

import pytest
import torch

from kineograph.animators.pretrained import one
from kineograph.core.warp import resize
from kineograph.networks.giants.cogvideox import Cogvideox
from tests.networks.giants.owed import OWED, known_latents_are_put_back_at_every_step


@pytest.mark.parametrize("owed", OWED, ids=lambda owed: owed.__name__)
@pytest.mark.parametrize("name", ["cogvideox:text", "cogvideox:picture"])
def test_it_is_a_giant(tiny_giant, clip, condition, tmp_path, name, owed):
    giant = tiny_giant(name)
    assert isinstance(giant, Cogvideox)
    owed(giant, clip, condition, tmp_path)


def test_known_latents_are_put_back_at_every_step(tiny_giant, clip, condition, monkeypatch):
    known_latents_are_put_back_at_every_step(tiny_giant("cogvideox:text"), clip, condition, monkeypatch)


@pytest.mark.parametrize("inverted", [False, True])
def test_what_is_encoded_is_what_the_pipeline_decodes(tiny_giant, clip, inverted):
    """Whatever scale the told picture has: CogVideoX 1.5's is inverted, its films' is not."""
    giant = tiny_giant("cogvideox:picture")
    pipeline, film = giant.pipeline(torch.device("cpu")), resize(clip.video[:1, :5], (32, 32))
    before = pipeline.vae.config.invert_scale_latents
    pipeline.vae.register_to_config(invert_scale_latents=inverted)
    try:
        with torch.no_grad():
            decoded = pipeline.decode_latents(giant.native(pipeline, giant.encode(pipeline, film)))
            plain = pipeline.vae.encode(film.transpose(1, 2)).latent_dist.mode()
            torch.testing.assert_close(decoded, pipeline.vae.decode(plain).sample)
    finally:
        pipeline.vae.register_to_config(invert_scale_latents=before)


def test_known_frames_are_not_encoded_among_grey_ones(tiny_giant, condition):
    giant = tiny_giant("cogvideox:text")
    told = giant.told(giant.pipeline(torch.device("cpu")), one(condition, 0))
    assert told.known.shape[1] == 9  # of 6
    assert torch.equal(told.known, told.known[:, :1].expand_as(told.known))
    assert told.mask[:, 0].all() and not told.mask[:, 1:].any()
