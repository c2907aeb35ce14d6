import pytest
import torch

from kineograph.core.types import Judged
from kineograph.losses.penalties.r2 import R2
from tests.losses.turns import judged


def test_of_a_quadratic_score_is_taken_at_the_fake_clip():
    real = torch.full((2, 3, 1, 4, 4), 9.0)
    fake = torch.full((2, 3, 1, 4, 4), 2.0)
    slope = torch.tensor(1.0, requires_grad=True)
    judge = lambda video: Judged(slope * 0.5 * video.square().sum(dim=(1, 2, 3, 4)), [])  # noqa: E731
    loss = R2()(judged(judge, real, fake))
    assert loss.item() == pytest.approx(4 * 48)
    loss.backward()
    assert slope.grad.item() == pytest.approx(2 * 4 * 48)


def test_what_a_view_adds_is_not_penalised():
    fake = torch.zeros(2, 3, 2, 4, 4)  # a picture's channel, and how noisy it is
    score = lambda video: Judged((0.5 * video[:, :, 0] + 9 * video[:, :, 1]).sum(dim=(1, 2, 3)), [])  # noqa: E731
    assert R2()(judged(score, fake, fake)._replace(channels=1)).item() == pytest.approx(0.25 * 48)
