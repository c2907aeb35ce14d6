import torch

from kineograph.core.random import Noise
from kineograph.procedures.frozen import Frozen


def test_repeats_the_picture(clip, condition):
    film = Frozen().animate(condition, Noise([1, 2, 3]))
    assert torch.equal(film, clip.video[:, :1].expand_as(film))
