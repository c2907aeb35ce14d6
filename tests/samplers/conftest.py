import math

import pytest
import torch

from kineograph.core.random import Noise
from kineograph.processes.cosine_schedule import CosineSchedule
from kineograph.processes.ddpm import Ddpm
from kineograph.processes.edm import Edm
from kineograph.processes.gaussian import Gaussian
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


class Even(Gaussian):
    """Variance-preserving, its level is -ln(alpha / sigma); the grid is even in it and ends before the noise does.

    So nothing is singular, and every method shows the order that its paper states.
    """

    def alpha(self, level):
        return torch.sigmoid(-2 * level).sqrt()

    def sigma(self, level):
        return torch.sigmoid(2 * level).sqrt()

    def alpha_slope(self, level):
        return -self.alpha(level) * torch.sigmoid(2 * level)

    def sigma_slope(self, level):
        return self.sigma(level) * torch.sigmoid(-2 * level)

    def sample_level(self, noise, num_frames):
        raise NotImplementedError

    def denoise(self, denoiser, noisy, level, condition):
        raise NotImplementedError

    def weight(self, level):
        raise NotImplementedError

    def levels(self, num_steps):
        return torch.linspace(5, -3, num_steps + 1, dtype=torch.float64)


class Uneven(Even):
    """The same with steps whose lengths differ up to threefold, smoothly."""

    def levels(self, num_steps):
        place = super().levels(num_steps)
        return place + 0.6 * torch.sin((place - 5) * math.pi / 4)


@pytest.fixture(params=[Even, Uneven])
def order(request, start, noise):
    """The slope of the logarithm of the error against that of the number of steps, between two numbers of them."""
    bell = Bell(request.param())

    def measure(sampler, few, many):
        true = bell.end(start, bell.process.levels(1)[1:])
        wrong = [
            (sampler(num_steps=n)(bell.process, bell.denoise, start, noise) - true).abs().max() for n in (few, many)
        ]
        return math.log(wrong[0] / wrong[1]) / math.log(many / few)

    return measure


class AsDiffusers(Even):
    """What a diffusers scheduler walks along: its level is sigma / alpha, its grid what the scheduler chose."""

    def __init__(self, grid):
        self.grid = grid

    def alpha(self, level):
        return (1 + level**2) ** -0.5

    def sigma(self, level):
        return level * self.alpha(level)

    def levels(self, num_steps):
        return self.grid


@pytest.fixture
def beside(start, noise):
    """Our film and the scheduler's, from the same start with the same denoiser, in float64."""

    def walk(scheduler, sampler, num_steps):
        scheduler.set_timesteps(num_steps)
        grid = scheduler.sigmas.double()
        bell = Bell(AsDiffusers(grid))
        x = start * bell.process.sigma(grid[:1])
        for place, time in enumerate(scheduler.timesteps):
            clean = bell.denoise(x, grid[place].expand(len(x)))
            x = scheduler.step(clean, time, x, return_dict=False)[0]
        return sampler(num_steps=num_steps)(bell.process, bell.denoise, start, noise), x

    return walk
