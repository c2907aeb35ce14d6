import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.processes.ddpm import Ddpm
from kineograph.processes.epsilon_prediction import EpsilonPrediction
from kineograph.processes.linear_schedule import LinearSchedule
from kineograph.processes.v_prediction import VPrediction
from kineograph.processes.zero_terminal_schedule import ZeroTerminalSchedule

LINEAR = LinearSchedule(beta_min=0.1, beta_max=20.0)
PROCESS = Ddpm(schedule=ZeroTerminalSchedule(schedule=LINEAR), prediction=VPrediction(), smallest=1e-3)


def test_ends_in_noise_alone_and_begins_as_before():
    level = torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert PROCESS.alpha(level).tolist() == pytest.approx([1, 0], abs=1e-12)
    assert PROCESS.sigma(level).tolist() == pytest.approx([0, 1])


def test_the_betas_of_diffusers():
    schedulers = pytest.importorskip("diffusers.schedulers.scheduling_ddim")  # in the extra "bench"
    level = torch.arange(1, 1001, dtype=torch.float64) / 1000
    squares = LINEAR.log_alpha(level).mul(2).exp()
    betas = 1 - squares / torch.cat([torch.ones(1, dtype=torch.float64), squares[:-1]])
    theirs = (1 - schedulers.rescale_zero_terminal_snr(betas)).cumprod(0).sqrt()
    assert (PROCESS.alpha(level) - theirs).abs().max() < 1e-4  # theirs keeps the first of 1,000, ours level 0


def test_slopes_and_velocity_are_finite_at_the_end():
    level = torch.linspace(0.05, 0.999, 9, dtype=torch.float64)
    finite = (PROCESS.alpha(level + 1e-7) - PROCESS.alpha(level - 1e-7)) / 2e-7
    torch.testing.assert_close(PROCESS.alpha_slope(level), finite, rtol=1e-5, atol=1e-8)
    noisy, clean = torch.randn(2, 1, 2, 1, 4, 4)
    assert PROCESS.velocity(noisy, clean, torch.ones(1, 2)).isfinite().all()
    assert PROCESS.weight(torch.tensor([0.0, 1.0])).isfinite().all()


def test_at_the_end_the_answer_v_is_minus_the_clip(condition):
    clean = torch.randn_like(condition.known)
    estimate = PROCESS.denoise(lambda *_: -clean, torch.randn_like(clean), torch.ones(2, 3), condition)
    torch.testing.assert_close(estimate, clean)


def test_the_noise_is_no_answer_where_nothing_else_is_left():
    with pytest.raises(UserError, match="ends in noise alone"):
        Ddpm(schedule=ZeroTerminalSchedule(schedule=LINEAR), prediction=EpsilonPrediction(), smallest=1e-3)
    Ddpm(schedule=LINEAR, prediction=EpsilonPrediction(), smallest=1e-3)
