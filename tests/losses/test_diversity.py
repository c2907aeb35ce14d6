import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.losses.diversity import Diversity
from tests.losses.turns import turn


def test_the_inverse_ratio_by_hand():
    fake = torch.zeros(2, 3, 1, 4, 4)
    second = torch.stack([torch.full((3, 1, 4, 4), 0.5), torch.full((3, 1, 4, 4), -0.25)])
    loss = Diversity()(turn(fake, fake, second=second, codes_apart=torch.tensor([1.0, 2.0])))
    assert loss.item() == pytest.approx((1 / 0.5 + 2 / 0.25) / 2, rel=1e-3)


def test_films_that_move_apart_make_it_smaller():
    second = torch.full((2, 3, 1, 4, 4), 0.1)
    fake = torch.zeros(2, 3, 1, 4, 4, requires_grad=True)
    Diversity()(turn(second, fake, second=second, codes_apart=torch.ones(2))).backward()
    assert fake.grad is not None and (fake.grad > 0).all()  # descent takes the fake away from the second


def test_one_film_for_all_codes_is_finite():
    fake = torch.zeros(2, 3, 1, 4, 4)
    assert Diversity()(turn(fake, fake, second=fake, codes_apart=torch.ones(2))).item() == pytest.approx(1e5)


def test_one_answer_is_refused():
    with pytest.raises(UserError, match="animator=gan animator.num_answers=2"):
        Diversity()(turn(torch.zeros(2, 3, 1, 4, 4), torch.zeros(2, 3, 1, 4, 4)))


def test_a_generator_that_draws_nothing_is_refused():
    fake = torch.zeros(2, 3, 1, 4, 4)
    with pytest.raises(UserError, match="draw codes, and this one draws none"):
        Diversity()(turn(fake, fake, second=fake, codes_apart=torch.zeros(2, 0).mean(dim=1)))
