import pytest
import torch

from kineograph.core.random import Noise
from kineograph.processes.cosine_schedule import CosineSchedule
from kineograph.processes.ddpm import Ddpm
from kineograph.processes.edm import Edm
from kineograph.processes.linear_schedule import LinearSchedule
from kineograph.processes.rectified_flow import RectifiedFlow
from kineograph.processes.v_prediction import VPrediction

PROCESSES = {
    "flow": RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0),
    "edm": Edm(location=-1.2, scale=1.2, data_std=0.5, sigma_min=0.002, sigma_max=80.0, rho=7.0),
    "linear": Ddpm(schedule=LinearSchedule(beta_min=0.1, beta_max=20.0), prediction=VPrediction(), smallest=1e-3),
    "cosine": Ddpm(
        schedule=CosineSchedule(log_snr_min=-12.0, log_snr_max=12.0), prediction=VPrediction(), smallest=1e-3
    ),
}
MEAN, STD = 0.3, 0.5


class Bell:
    """Data whose every pixel is normal(MEAN, STD^2): the best denoiser and the ODE's end point have closed forms."""

    def __init__(self, process):
        self.process = process

    def denoise(self, noisy, level):
        alpha, sigma = (
            value.reshape(*value.shape, *[1] * (noisy.ndim - value.ndim))
            for value in (self.process.alpha(level), self.process.sigma(level))
        )
        gain = alpha * STD**2 / ((alpha * STD) ** 2 + sigma**2)
        return MEAN + gain * (noisy - alpha * MEAN)

    def end(self, start, last):
        """Where the ODE carries the noise: the same number of standard deviations from the mean at every level."""
        first = self.process.levels(1)[:1]
        alpha, sigma = self.process.alpha(first), self.process.sigma(first)
        deviations = (start * sigma - alpha * MEAN) / ((alpha * STD) ** 2 + sigma**2).sqrt()
        alpha, sigma = self.process.alpha(last), self.process.sigma(last)
        return alpha * MEAN + ((alpha * STD) ** 2 + sigma**2).sqrt() * deviations


@pytest.fixture(params=PROCESSES)
def bell(request) -> Bell:
    return Bell(PROCESSES[request.param])


@pytest.fixture
def start() -> torch.Tensor:
    return torch.randn(2, 3, 1, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def noise() -> Noise:
    return Noise.at(0, 0, 2)


@pytest.fixture
def errors(bell, start, noise):
    """The largest distance from the closed form after each number of steps."""

    def measure(sampler, steps):
        last = bell.process.levels(1)[1:]
        true = bell.end(start, last)
        return [(sampler(num_steps=n)(bell.process, bell.denoise, start, noise) - true).abs().max() for n in steps]

    return measure
