from functools import partial

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.samplers.ddim import Ddim
from kineograph.samplers.dpm_solver_pp import DpmSolverPp


@pytest.mark.parametrize("of", [1, 2, 3])
def test_reaches_the_closed_form_at_its_order(of, order):
    assert of - 0.25 < order(partial(DpmSolverPp, order=of), 80, 160) < of + 0.5


def test_converges_on_every_process(errors):
    coarse, fine = errors(partial(DpmSolverPp, order=2), (64, 128))
    assert fine < 5e-3
    assert coarse / fine > 1.5  # a last step without noise is of first order


def test_first_order_is_ddim(bell, start, noise):
    ours = DpmSolverPp(num_steps=7, order=1)(bell.process, bell.denoise, start, noise)
    torch.testing.assert_close(ours, Ddim(num_steps=7)(bell.process, bell.denoise, start, noise))


@pytest.mark.parametrize("of", [1, 2])  # its third order halves a term, and is of second order
@pytest.mark.parametrize("karras", [True, False])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of diffusers with numpy 2
def test_the_films_of_diffusers(of, karras, beside):
    diffusers = pytest.importorskip("diffusers")  # in the extra "bench"
    scheduler = diffusers.DPMSolverMultistepScheduler(
        solver_order=of,
        prediction_type="sample",
        algorithm_type="dpmsolver++",
        lower_order_final=False,
        use_karras_sigmas=karras,
    )
    ours, theirs = beside(scheduler, partial(DpmSolverPp, order=of), 12)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_one_call_a_step_and_never_at_the_end(bell, start, noise):
    seen = []

    def denoise(noisy, level):
        seen.append(level[0].item())
        return bell.denoise(noisy, level)

    DpmSolverPp(num_steps=5, order=3)(bell.process, denoise, start, noise)
    assert seen == pytest.approx(bell.process.levels(5)[:-1].tolist())


def test_a_sample_does_not_depend_on_its_batch(bell):
    both, alone = Noise([11, 12]), Noise([12])
    sampler = DpmSolverPp(num_steps=4, order=3)
    film = sampler(bell.process, bell.denoise, both.normal(3, 1, 4, 4), both)
    assert torch.equal(film[1:], sampler(bell.process, bell.denoise, alone.normal(3, 1, 4, 4), alone))
    assert film.dtype == torch.float32


def test_orders_that_there_are():
    with pytest.raises(UserError, match="order=4"):
        DpmSolverPp(num_steps=4, order=4)
