import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Codes
from kineograph.procedures.inversion import Inversion
from tests.procedures.imagined import Imagined


def test_a_film_of_the_model_is_found_again(condition):
    wanted = Imagined().film(condition, Imagined().codes(condition, Noise([11, 12, 13])))
    told = condition._replace(known=wanted * condition.mask)
    search = Inversion(animates=Imagined(), num_starts=4, num_steps=150, lr=0.1, normality=0.0)
    with torch.no_grad():  # as evaluate does
        film = search.animate(told, Noise([1, 2, 3]))
    assert (film[:, 0] - wanted[:, 0]).abs().max() < 0.02
    expected = (film[:, 0] - wanted[:, 0]).square().mean(dim=(1, 2, 3))
    torch.testing.assert_close(search.error, expected)
    assert "0." in search.report() or "e-" in search.report()
    assert not torch.equal(film[:, 0], film[:, 2])  # and it moves, as that film of the model moves


def test_each_clip_is_looked_for_alone(condition):
    search = Inversion(animates=Imagined(), num_starts=2, num_steps=5, lr=0.1, normality=0.1)
    whole = search.animate(condition, Noise([1, 2, 3]))
    one = type(condition)(*(None if field is None else field[1:2] for field in condition))
    torch.testing.assert_close(search.animate(one, Noise([2])), whole[1:2])


def test_a_picture_is_needed(condition):
    search = Inversion(animates=Imagined(), num_starts=1, num_steps=1, lr=0.1, normality=0.0)
    with pytest.raises(UserError, match="give one"):
        search.animate(condition._replace(mask=torch.zeros_like(condition.mask)), Noise([1, 2, 3]))


def test_a_generator_that_draws_nothing_is_refused(condition):
    class Sure(Imagined):
        def codes(self, condition, noise):
            return Codes(noise.normal(0), noise.normal(4, 0))

        def film(self, condition, codes):
            return torch.zeros_like(condition.known)

    search = Inversion(animates=Sure(), num_starts=2, num_steps=1, lr=0.1, normality=0.0)
    with pytest.raises(UserError, match="inversion moves codes.*draws none"):
        search.animate(condition, Noise([1, 2, 3]))
