import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.samplers.dpm_solver_pp import DpmSolverPp
from kineograph.samplers.half_log_snr import half_log_snr, level_at
from kineograph.samplers.heun import Heun
from kineograph.samplers.karras_grid import KarrasGrid


def test_the_ratios_of_equation_5(bell):
    levels = KarrasGrid(sampler=Heun(num_steps=6), ratio_min=0.01, ratio_max=80.0, rho=7.0).levels(bell.process, 6)
    ratio = bell.process.sigma(levels) / bell.process.alpha(levels)
    expected = torch.linspace(80 ** (1 / 7), 0.01 ** (1 / 7), 6, dtype=torch.float64) ** 7
    torch.testing.assert_close(ratio[:-1], expected, rtol=1e-9, atol=0)
    assert levels[-1] == bell.process.levels(1)[-1]
    assert len(levels) == 7


def test_a_level_is_found_by_its_signal(bell):
    levels = bell.process.levels(9)[1:-1]
    torch.testing.assert_close(level_at(bell.process, half_log_snr(bell.process, levels)), levels)


def test_a_sampler_reaches_the_closed_form_on_it(bell, start, noise):
    def film(num_steps):
        inner = DpmSolverPp(num_steps=num_steps, order=2)
        sampler = KarrasGrid(sampler=inner, ratio_min=0.01, ratio_max=80.0, rho=7.0)
        grid = sampler.levels(bell.process, num_steps)
        true = bell.end(start, grid[-1:])
        deviation = sampler(bell.process, bell.denoise, start, noise) - true
        return deviation.abs().max()

    assert film(64) < 0.05


def test_a_range_that_the_process_does_not_have_is_refused(bell, start, noise):
    endless = bell.process.alpha(bell.process.levels(1)[:1]) == 0  # then only the other end is
    low, high = (-1.0, 80.0) if endless else (1.0, 1e12)
    sampler = KarrasGrid(sampler=Heun(num_steps=6), ratio_min=low, ratio_max=high, rho=7.0)
    with pytest.raises(UserError, match="ratio_max"):
        sampler(bell.process, bell.denoise, start, noise)
