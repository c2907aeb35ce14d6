import pytest
import torch

from kineograph.core.types import Judged
from kineograph.losses.penalties.r1 import R1
from tests.losses.turns import judged


def test_of_a_linear_score_is_the_squared_slope():
    slope = torch.tensor(0.5, requires_grad=True)
    loss = R1()(judged(lambda video: Judged((slope * video).sum(dim=(1, 2, 3, 4)), [])))
    assert loss.item() == pytest.approx(0.25 * 3 * 16)  # slope^2 times the number of pixels of a clip
    loss.backward()
    assert slope.grad.item() == pytest.approx(2 * 0.5 * 48)


def test_of_a_quadratic_score_is_taken_at_the_real_clip():
    real, fake = torch.full((2, 3, 1, 4, 4), 2.0), torch.full((2, 3, 1, 4, 4), 9.0)
    loss = R1()(judged(lambda video: Judged(0.5 * video.square().sum(dim=(1, 2, 3, 4)), []), real, fake))
    assert loss.item() == pytest.approx(4 * 48)


def test_does_not_grow_with_the_number_of_patches():
    # each place looks at its own pixel: one pixel's squared slope, at any size
    for size in (4, 8):
        real = torch.rand(2, 3, 1, size, size)
        assert R1()(judged(lambda video: Judged(3 * video[:, :, 0], []), real)).item() == pytest.approx(9)


def test_what_a_view_adds_is_not_penalised():
    real = torch.zeros(2, 3, 2, 4, 4)  # a picture's channel, and how noisy it is
    score = lambda video: Judged((0.5 * video[:, :, 0] + 9 * video[:, :, 1]).sum(dim=(1, 2, 3)), [])  # noqa: E731
    assert R1()(judged(score, real)._replace(channels=1)).item() == pytest.approx(0.25 * 48)
