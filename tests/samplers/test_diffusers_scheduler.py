import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.procedures.late_start import LateStart
from kineograph.processes.rectified_flow import RectifiedFlow
from kineograph.samplers.diffusers_scheduler import KNOWN, DiffusersScheduler
from kineograph.samplers.dpm_solver_pp import DpmSolverPp
from tests.samplers.conftest import PROCESSES, AsDiffusers, Bell

diffusers = pytest.importorskip("diffusers")  # in the extra "bench"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of diffusers with numpy 2
DPM = {"algorithm_type": "dpmsolver++", "solver_order": 2, "lower_order_final": False}


@pytest.mark.parametrize("scheduler", KNOWN)
@pytest.mark.parametrize("process", ["flow", "linear"])
def test_reaches_the_closed_form_on_our_processes(scheduler, process, start, noise):
    bell = Bell(PROCESSES[process])
    true = bell.end(start, bell.process.levels(1)[1:])
    film = DiffusersScheduler(scheduler=scheduler, options={}, num_steps=50)(bell.process, bell.denoise, start, noise)
    assert (film - true).abs().max() < 0.05


def test_parity_with_our_own_sampler_on_the_schedulers_grid(start, noise):
    scheduler = diffusers.DPMSolverMultistepScheduler(prediction_type="sample", **DPM)
    scheduler.set_timesteps(12)
    bell = Bell(AsDiffusers(scheduler.sigmas.double()))
    grid = bell.process.levels(12)
    ours = DpmSolverPp(num_steps=12, order=2)(bell.process, bell.denoise, start / bell.process.sigma(grid[:1]), noise)
    bell.process.levels = lambda num_steps: grid[[0, -1]]
    theirs = DiffusersScheduler(scheduler="DPMSolverMultistepScheduler", options=DPM, num_steps=12)(
        bell.process, bell.denoise, start, noise
    )
    torch.testing.assert_close(theirs, ours, rtol=1e-5, atol=1e-6)


def test_others_are_refused():
    with pytest.raises(UserError, match="DPMSolverMultistepScheduler"):
        DiffusersScheduler(scheduler="EulerDiscreteScheduler", options={}, num_steps=2)


@pytest.mark.parametrize("options", [{}, {"algorithm_type": "sde-dpmsolver++"}])
def test_a_sample_depends_on_its_own_seed_alone(options, start):
    bell = Bell(PROCESSES["linear"])
    sampler = DiffusersScheduler(scheduler="DPMSolverMultistepScheduler", options=options, num_steps=8)
    seeds = list(range(len(start)))
    together = sampler(bell.process, bell.denoise, start, Noise(seeds))
    for place in (0, len(start) - 1):
        alone = sampler(bell.process, bell.denoise, start[place : place + 1], Noise(seeds[place : place + 1]))
        torch.testing.assert_close(alone[0], together[place], rtol=1e-5, atol=1e-6)
    other = sampler(bell.process, bell.denoise, start, Noise([seed + 100 for seed in seeds]))
    assert torch.equal(other, together) == (options == {})  # the others draw


def test_one_that_walks_along_a_flow_is_refused():
    with pytest.raises(UserError, match="use_flow_sigmas"):
        DiffusersScheduler(scheduler=KNOWN[1], options={"use_flow_sigmas": True, "flow_shift": 3.0}, num_steps=2)


def test_a_process_that_ends_too_early_is_told(start, noise):
    sampler = DiffusersScheduler(scheduler="DPMSolverMultistepScheduler", options={}, num_steps=5)
    late = LateStart(RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0), 0.5)
    with pytest.raises(UserError, match="begins at 157"):
        sampler(late, lambda x, _: x, start, noise)
