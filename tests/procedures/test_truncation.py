import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.procedures.frozen import Frozen
from kineograph.procedures.truncation import Truncation
from tests.procedures.imagined import Imagined

SEEDS = [1, 2, 3]


def test_one_changes_nothing_and_zero_is_the_mean_film(condition):
    whole = Truncation(animates=Imagined(), content=1.0, motion=1.0).animate(condition, Noise(SEEDS))
    assert torch.equal(whole, Imagined().animate(condition, Noise(SEEDS)))
    mean = Truncation(animates=Imagined(), content=0.0, motion=0.0).animate(condition, Noise(SEEDS))
    assert torch.equal(mean, condition.known)  # tanh(0), and the given picture


def test_halved_content_is_the_film_of_half_the_codes(condition):
    codes = Imagined().codes(condition, Noise(SEEDS))
    film = Truncation(animates=Imagined(), content=0.5, motion=0.0).animate(condition, Noise(SEEDS))
    torch.testing.assert_close(film[:, 1, :, 0, 0], (0.5 * codes.content).tanh())


def test_without_codes_it_says_so():
    with pytest.raises(UserError, match="codes"):
        Truncation(animates=Frozen(), content=0.5, motion=0.5)
