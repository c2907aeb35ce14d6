import torch

from kineograph.losses.temporal_l1 import TemporalL1
from tests.losses.turns import turn


def test_blind_to_the_picture_and_exact_on_motion():
    real = torch.rand(2, 3, 1, 4, 4)
    other = real + torch.rand(2, 1, 1, 4, 4)  # another picture, the same motion
    torch.testing.assert_close(TemporalL1()(turn(real, other)), torch.tensor(0.0), atol=1e-6, rtol=0)
    brighter = real + torch.arange(3.0)[None, :, None, None, None] * 0.25
    torch.testing.assert_close(TemporalL1()(turn(real, brighter)), torch.tensor(0.25))


def test_one_frame_has_no_motion():
    fake = torch.rand(1, 1, 1, 4, 4, requires_grad=True)
    loss = TemporalL1()(turn(torch.zeros(1, 1, 1, 4, 4), fake))
    loss.backward()
    assert loss == 0
    assert fake.grad is not None
