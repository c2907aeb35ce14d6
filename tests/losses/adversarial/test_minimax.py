import math

import pytest
import torch

from kineograph.losses.adversarial.minimax import Minimax
from tests.losses.turns import scored


def test_by_hand():
    turn = scored([0.0], [0.0])
    assert Minimax().generator(turn).item() == pytest.approx(-math.log(2))
    assert Minimax().discriminator(turn).item() == pytest.approx(2 * math.log(2))


def test_both_sides_play_for_the_same_value():
    mine, yours = scored(None, [1.5, -0.5]), scored([0.0, 0.0], [1.5, -0.5])
    Minimax().generator(mine).backward()
    Minimax().discriminator(yours).backward()
    torch.testing.assert_close(mine.judged_fake.scores.grad, -yours.judged_fake.scores.grad)
