import pytest
import torch

from kineograph.processes.cosine_schedule import CosineSchedule
from kineograph.processes.ddpm import Ddpm
from kineograph.processes.edm import Edm
from kineograph.processes.gaussian import spread
from kineograph.processes.linear_schedule import LinearSchedule
from kineograph.processes.rectified_flow import RectifiedFlow
from kineograph.processes.sigmoid_schedule import SigmoidSchedule
from kineograph.processes.v_prediction import VPrediction
from kineograph.processes.zero_terminal_schedule import ZeroTerminalSchedule

PROCESSES = [
    RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0),
    Edm(location=-1.2, scale=1.2, data_std=0.5, sigma_min=0.002, sigma_max=80.0, rho=7.0),
    Ddpm(schedule=LinearSchedule(beta_min=0.1, beta_max=20.0), prediction=VPrediction(), smallest=1e-3),
    Ddpm(schedule=CosineSchedule(log_snr_min=-12.0, log_snr_max=12.0), prediction=VPrediction(), smallest=1e-3),
]


@pytest.mark.parametrize("process", PROCESSES)
def test_slopes_are_derivatives(process):
    level = torch.linspace(0.05, 0.95, 19, dtype=torch.float64)
    for value, slope in ((process.alpha, process.alpha_slope), (process.sigma, process.sigma_slope)):
        assert torch.allclose(slope(level), (value(level + 1e-5) - value(level - 1e-5)) / 2e-5, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("process", PROCESSES)
def test_velocity_is_the_derivative_of_the_noisy_clip(process):
    clean, noise = torch.randn(2, 2, 3, 4, 5, 5, dtype=torch.float64)
    level = torch.rand(2, 3, dtype=torch.float64) * 0.9 + 0.05
    along = process.velocity(process.corrupt(clean, noise, level), clean, level)
    finite = (process.corrupt(clean, noise, level + 1e-5) - process.corrupt(clean, noise, level - 1e-5)) / 2e-5
    assert torch.allclose(along, finite, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("shape", [(3, 3, 3, 3, 3), (3, 4, 3, 4, 3)])  # sizes that could be mixed up silently
def test_a_level_a_clip_is_the_same_level_for_all_its_frames(process, shape, make_condition):
    clean, noise = torch.randn(2, *shape)
    level = torch.tensor([0.2, 0.5, 0.8])
    each = level[:, None].expand(-1, shape[1])
    noisy = process.corrupt(clean, noise, level)
    for place in range(3):
        alone = process.alpha(level)[place] * clean[place] + process.sigma(level)[place] * noise[place]
        assert torch.allclose(noisy[place], alone)
    assert torch.equal(noisy, process.corrupt(clean, noise, each))
    assert torch.equal(process.velocity(noisy, clean, level), process.velocity(noisy, clean, each))
    condition = make_condition(shape)
    answer = process.denoise(lambda x, *_: x, noisy, level, condition)
    assert torch.equal(answer, process.denoise(lambda x, *_: x, noisy, each, condition))


@pytest.mark.parametrize("process", PROCESSES[:3])
def test_no_noise_is_the_identity_and_stands_still(process):
    clean, noise = torch.randn(2, 2, 3, 3, 4, 4)
    still = torch.zeros(2, 3)
    assert torch.equal(process.corrupt(clean, noise, still), clean)
    assert process.velocity(clean, clean, still).abs().max() == 0


@pytest.mark.parametrize("process", PROCESSES)
def test_levels_fall_from_noise(process):
    levels = process.levels(7)
    assert levels.shape == (8,)
    assert levels.dtype == torch.float64
    assert (levels.diff() < 0).all()
    assert process.alpha(levels[:1]) / process.sigma(levels[:1]) < 0.02
    assert process.sigma(levels[-1:]) < 0.01


def test_a_level_of_another_shape_is_refused():
    with pytest.raises((ValueError, TypeError)):
        PROCESSES[0].corrupt(torch.zeros(2, 3, 1, 4, 4), torch.zeros(2, 3, 1, 4, 4), torch.zeros(3))


def test_spread_says_which_shapes_it_takes():
    with pytest.raises((ValueError, TypeError)):
        spread(torch.zeros(3), torch.zeros(2, 3, 1, 4, 4))
    assert spread(torch.zeros(2, dtype=torch.float64), torch.zeros(2, 3, 1, 4, 4)).dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "schedule",
    [
        *(SigmoidSchedule(start=-3.0, end=3.0, temperature=t / 10, last=1e-5) for t in range(5, 16)),
        *(ZeroTerminalSchedule(schedule=LinearSchedule(beta_min=0.1, beta_max=float(b))) for b in range(5, 21)),
    ],
)
def test_a_clean_frame_has_no_noise_and_no_nan(schedule, dtype):
    process = Ddpm(schedule=schedule, prediction=VPrediction(), smallest=1e-3)
    assert float(process.sigma(torch.zeros(1, dtype=dtype))) == pytest.approx(0, abs=1e-3)
