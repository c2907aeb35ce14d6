import torch

from kineograph.core.video import Film
from kineograph.postprocess.upscale import Upscale


def test_size_and_flat_colour():
    film = Film(torch.full((2, 6, 5, 3), 90, dtype=torch.uint8), torch.tensor([0.0, 0.1]).double(), 10.0)
    made = Upscale(factor=3)(film)
    assert made.frames.shape == (2, 18, 15, 3)
    assert (made.frames == 90).all()
    assert torch.equal(Upscale(factor=1)(film).frames, film.frames)
