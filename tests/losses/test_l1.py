import torch

from kineograph.losses.l1 import L1
from tests.losses.turns import turn


def test_by_hand_and_zero_at_equality():
    real = torch.rand(2, 3, 1, 4, 4) * 2 - 1
    assert L1()(turn(real, real.clone())) == 0
    torch.testing.assert_close(L1()(turn(real, real - 0.25)), torch.tensor(0.25))


def test_gradient_reaches_the_fake():
    fake = torch.ones(1, 2, 1, 2, 2, requires_grad=True)
    L1()(turn(torch.zeros(1, 2, 1, 2, 2), fake)).backward()
    torch.testing.assert_close(fake.grad, torch.full_like(fake, 1 / 8))
