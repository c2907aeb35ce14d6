import torch

from kineograph.losses.latent_size import LatentSize
from tests.losses.turns import turn


def test_by_hand():
    film = torch.zeros(1, 1, 1, 2, 2)
    latents = torch.tensor([3.0, -1.0]).expand(1, 1, 2, 1, 2).reshape(1, 1, 2, 1, 2)
    assert LatentSize()(turn(film, film)._replace(extras={"latents": latents})) == 5
