import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.losses.energy_score import EnergyScore
from tests.losses.turns import turn


def place(*values: float) -> torch.Tensor:
    """One film of one pixel, these frames."""
    return torch.tensor(values, dtype=torch.float32).view(1, -1, 1, 1, 1)


def test_by_hand():
    # root mean squares over the two frames: real-fake 5 / sqrt 2, real-second 0, fake-second 5 / sqrt 2
    score = EnergyScore()(turn(place(0, 0), place(3, 4), second=place(0, 0)))
    assert float(score) == pytest.approx(0, abs=1e-3)
    score = EnergyScore()(turn(place(0, 0), place(3, 4), second=place(3, 4)))
    assert float(score) == pytest.approx(5 / 2**0.5, rel=1e-3)
    score = EnergyScore()(turn(place(0, 0), place(1, 1), second=place(-1, -1)))
    assert float(score) == pytest.approx(1 - 2 / 2, abs=1e-3)  # apart on both sides of the truth


def test_it_is_the_mean_over_places():
    real = torch.zeros(1, 1, 1, 1, 2)
    fake = torch.tensor([1.0, 3.0]).view(1, 1, 1, 1, 2)
    assert float(EnergyScore()(turn(real, fake, second=fake))) == pytest.approx(2, rel=1e-3)


def test_gradients_reach_both_answers_also_where_they_agree():
    fake, second = place(1, 2).requires_grad_(), place(1, 2).requires_grad_()
    EnergyScore()(turn(place(0, 0), fake, second=second)).backward()
    for answer in (fake, second):
        assert answer.grad is not None and answer.grad.isfinite().all() and answer.grad.abs().sum() > 0


@pytest.mark.parametrize("true_spread", [0.5, 1.5])
def test_proper_the_true_spread_scores_best(true_spread):
    """Real films from N(0, s^2 I): among Gaussian generators the expected score is least at their spread."""
    real, one, other = (Noise([seed]).normal(4, 1, 100, 200) for seed in (1, 2, 3))  # 20,000 places of 4 numbers
    spreads = [0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0]
    scores = [float(EnergyScore()(turn(true_spread * real, s * one, second=s * other))) for s in spreads]
    assert spreads[scores.index(min(scores))] == true_spread
    off_centre = EnergyScore()(turn(true_spread * real + 1, true_spread * one, second=true_spread * other))
    assert float(off_centre) > min(scores) + 0.1


def test_without_a_second_answer_the_score_cannot_be_told():
    with pytest.raises(UserError, match="animator=gan animator.num_answers=2"):
        EnergyScore()(turn(place(0), place(0)))
