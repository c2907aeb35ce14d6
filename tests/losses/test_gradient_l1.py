import torch

from kineograph.losses.gradient_l1 import GradientL1
from tests.losses.turns import turn


def test_blind_to_a_constant_and_exact_on_a_ramp():
    real = torch.rand(2, 3, 1, 4, 4)
    torch.testing.assert_close(GradientL1()(turn(real, real + 0.5)), torch.tensor(0.0), atol=1e-6, rtol=0)
    ramp = torch.arange(4.0)[:, None] * 0.5 + torch.arange(4.0)[None, :] * 0.25  # steps of .5 down and .25 across
    torch.testing.assert_close(
        GradientL1()(turn(torch.zeros(2, 3, 1, 4, 4), ramp.expand(2, 3, 1, 4, 4))), torch.tensor(0.75)
    )
