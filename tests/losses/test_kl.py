import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Turn
from kineograph.losses.kl import Kl
from tests.losses.turns import turn


def divergence(mean: float, variance: float) -> float:
    latents = torch.full((1, 1, 2, 1, 1), mean)
    extras = {"latents": latents, "log_variance": torch.full_like(latents, variance).log()}
    return Kl()(Turn(latents, latents, None, None, extras, None, None, None)).item()


def test_zero_for_the_standard_bell_and_by_hand_elsewhere():
    assert abs(divergence(0.0, 1.0)) < 1e-7
    assert abs(divergence(2.0, 1.0) - 2.0) < 1e-6  # mean^2 / 2
    assert abs(divergence(0.0, torch.e**2) - 0.5 * (torch.e**2 - 3)) < 1e-5


def test_a_turn_without_a_bottleneck_is_refused():
    with pytest.raises(UserError, match="kl reads the bottleneck of animator/codec=kl_2d.*leave it out"):
        Kl()(turn())
