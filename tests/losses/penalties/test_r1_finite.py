import pytest
import torch
from torch import nn

from kineograph.core.types import Judged
from kineograph.losses.penalties.r1 import R1
from kineograph.losses.penalties.r1_finite import R1Finite
from tests.losses.turns import judged, turn


def stepped(real: torch.Tensor, judge, perturbation: torch.Tensor):
    return turn(real, judged_real=judge(real), discriminate=judge, perturbation=perturbation)


def test_of_a_linear_score_by_hand():
    slope = torch.tensor(0.5, requires_grad=True)
    judge = lambda video: Judged((slope * video).sum(dim=(1, 2, 3, 4)), [])  # noqa: E731
    step = torch.stack([torch.full((3, 1, 4, 4), 0.5), torch.full((3, 1, 4, 4), -1.0)])
    loss = R1Finite(sigma=0.25)(stepped(torch.zeros(2, 3, 1, 4, 4), judge, step))
    assert loss.item() == pytest.approx(0.25 * (24**2 + 48**2) / 2)  # slope^2 (sum of the step)^2
    loss.backward()
    assert slope.grad.item() == pytest.approx(2 * 0.5 * (24**2 + 48**2) / 2)


def test_its_mean_over_draws_is_the_penalty_by_autograd():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 2)).double()
    judge = lambda video: Judged(net(video), [])  # noqa: E731
    real = torch.randn(1, 2, 1, 2, 2, dtype=torch.float64)
    exact = R1()(judged(judge, real))
    many = real.expand(20000, -1, -1, -1, -1)
    finite = R1Finite(sigma=1e-3)(stepped(many, judge, torch.randn_like(many)))
    assert finite.item() == pytest.approx(exact.item(), rel=0.05)
    weights = list(net.parameters())
    by_steps = torch.autograd.grad(finite, weights, allow_unused=True)
    by_autograd = torch.autograd.grad(exact, weights, allow_unused=True)
    for one, other in zip(by_steps[:3], by_autograd[:3], strict=True):
        assert (one - other).norm() < 0.1 * other.norm() + 1e-6


def test_what_a_view_adds_takes_no_step():
    judge = lambda video: Judged(video.sum(dim=(1, 2, 3, 4)), [])  # noqa: E731
    seen = torch.zeros(2, 3, 2, 4, 4)  # a picture's channel, and how noisy it is
    loss = R1Finite(sigma=0.25)(stepped(seen, judge, torch.full((2, 3, 1, 4, 4), 0.5)))
    assert loss.item() == pytest.approx(24**2)


def test_bf16_does_not_round_the_step_away():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(48, 32), nn.Tanh(), nn.Linear(32, 1))
    judge = lambda video: Judged(net(video), [])  # noqa: E731
    real, draw = torch.randn(8, 3, 1, 4, 4), torch.randn(8, 3, 1, 4, 4)
    exact = R1Finite(sigma=0.01)(stepped(real, judge, draw))
    with torch.autocast("cpu", torch.bfloat16):
        assert judge(real).scores.dtype == torch.bfloat16
        rounded = R1Finite(sigma=0.01)(stepped(real, judge, draw))
    assert rounded.item() == pytest.approx(exact.item(), rel=1e-4)
