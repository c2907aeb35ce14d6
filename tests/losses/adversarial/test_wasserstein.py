import pytest

from kineograph.losses.adversarial.wasserstein import Wasserstein
from tests.losses.turns import scored


def test_by_hand():
    turn = scored([1.0, 3.0], [-1.0, 0.0])
    assert Wasserstein().generator(turn).item() == pytest.approx(0.5)
    assert Wasserstein().discriminator(turn).item() == pytest.approx(-2.5)
    assert Wasserstein().discriminator(scored([1.0], [1.0])) == 0
