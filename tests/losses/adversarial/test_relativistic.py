import math

import pytest
import torch

from kineograph.losses.adversarial.relativistic import Relativistic
from tests.losses.turns import scored


def test_by_hand():
    equal = scored([7.0], [7.0])
    assert Relativistic().generator(equal).item() == pytest.approx(math.log(2))
    assert Relativistic().discriminator(equal).item() == pytest.approx(math.log(2))
    turn = scored([2.0], [-1.0])
    assert Relativistic().generator(turn).item() == pytest.approx(math.log(1 + math.exp(3)))
    assert Relativistic().discriminator(turn).item() == pytest.approx(math.log(1 + math.exp(-3)))


def test_clips_are_paired():
    aligned, crossed = scored([5.0, -5.0], [5.0, -5.0]), scored([5.0, -5.0], [-5.0, 5.0])
    torch.testing.assert_close(Relativistic().discriminator(aligned), torch.tensor(math.log(2)))
    assert Relativistic().discriminator(crossed) > 4
