import pytest

from kineograph.losses.adversarial.hinge import Hinge
from tests.losses.turns import scored


def test_by_hand():
    turn = scored([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert Hinge().generator(turn).item() == pytest.approx(-2)
    assert Hinge().discriminator(turn).item() == pytest.approx(0 + 3)
    assert Hinge().discriminator(scored([0.5], [-0.25])).item() == pytest.approx(0.5 + 0.75)


def test_nothing_is_asked_beyond_the_margin():
    turn = scored([5.0], [-5.0])
    loss = Hinge().discriminator(turn)
    loss.backward()
    assert loss == 0
    assert turn.judged_real.scores.grad == 0
    assert turn.judged_fake.scores.grad == 0
