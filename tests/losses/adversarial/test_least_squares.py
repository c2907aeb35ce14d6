import pytest

from kineograph.losses.adversarial.least_squares import LeastSquares
from tests.losses.turns import scored


def test_by_hand():
    turn = scored([3.0, 1.0], [2.0, 0.0])
    assert LeastSquares().generator(turn).item() == pytest.approx(0.5 * (1 + 1) / 2)
    assert LeastSquares().discriminator(turn).item() == pytest.approx(0.5 * ((4 + 0) / 2 + (4 + 0) / 2))


def test_zero_at_the_targets():
    assert LeastSquares().discriminator(scored([1.0], [0.0])) == 0
    assert LeastSquares().generator(scored(None, [1.0])) == 0
