import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.losses.latent_size import LatentSize
from tests.losses.turns import turn


def test_by_hand():
    film = torch.zeros(1, 1, 1, 2, 2)
    latents = torch.tensor([3.0, -1.0]).expand(1, 1, 2, 1, 2).reshape(1, 1, 2, 1, 2)
    assert LatentSize()(turn(film, film)._replace(extras={"latents": latents})) == 5


def test_a_turn_without_latents_is_refused():
    with pytest.raises(UserError, match="latent_size is on the latents of a codec that learns.*leave it out"):
        LatentSize()(turn())
