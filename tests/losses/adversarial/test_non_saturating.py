import math

import pytest
import torch

from kineograph.losses.adversarial.non_saturating import NonSaturating
from tests.losses.turns import scored


def test_by_hand():
    undecided = scored([0.0, 0.0], [0.0, 0.0])
    assert NonSaturating().generator(undecided).item() == pytest.approx(math.log(2))
    assert NonSaturating().discriminator(undecided).item() == pytest.approx(2 * math.log(2))
    turn = scored([2.0], [-1.0])
    assert NonSaturating().generator(turn).item() == pytest.approx(math.log(1 + math.e))
    expected = math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1))
    assert NonSaturating().discriminator(turn).item() == pytest.approx(expected)


def test_is_the_cross_entropy():
    turn = scored([0.3, -2.0], [1.0, 4.0])
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    expected = entropy(turn.judged_real.scores, torch.ones(2)) + entropy(turn.judged_fake.scores, torch.zeros(2))
    torch.testing.assert_close(NonSaturating().discriminator(turn), expected)


def test_the_gradient_is_largest_where_the_generator_loses():
    turn = scored(None, [-10.0, 10.0])
    NonSaturating().generator(turn).backward()
    losing, winning = turn.judged_fake.scores.grad
    assert losing == pytest.approx(-0.5, abs=1e-3)
    assert abs(winning) < 1e-3
