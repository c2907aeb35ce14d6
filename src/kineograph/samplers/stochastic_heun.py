"""Heun's method with churn (Karras et al. 2022, arXiv:2206.00364, Algorithm 2), for every Gaussian process."""

import math
from collections.abc import Callable

import torch

from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video
from kineograph.samplers.half_log_snr import half_log_snr, level_at


class StochasticHeun:
    """Before each step inside the range a little fresh noise, from each sample's own stream; then Heun's step.

    ``churn`` 0 is Heun's method. Ratios are sigma / alpha, the paper's sigma.
    """

    def __init__(
        self,
        *,
        num_steps: int,
        churn: float,  # S_churn: the noise of all steps together, about
        churn_min: float,  # S_tmin and S_tmax: the ratios between which noise is added
        churn_max: float,
        noise_scale: float,  # S_noise: a little above 1 makes up for what the denoiser smooths away
    ):
        self.num_steps = num_steps
        self.churn = churn
        self.churn_min = churn_min
        self.churn_max = churn_max
        self.noise_scale = noise_scale

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)  # steps+1, float64 on the CPU
        snr = half_log_snr(process, levels)
        raised = level_at(process, snr - math.log(1 + min(self.churn / self.num_steps, 2**0.5 - 1)))
        x = start * process.sigma(levels[:1]).item()

        def slope(x: Video, level: torch.Tensor) -> Video:
            each = level.expand(len(x))
            return process.velocity(x, denoise(x, each.to(x)), each)

        for i in range(self.num_steps):
            level, lower = levels[i], levels[i + 1]
            ratio = (-snr[i]).exp().item()
            if self.churn > 0 and self.churn_min <= ratio <= self.churn_max and math.isfinite(ratio):
                alpha, sigma = (of(torch.stack([level, raised[i]])).tolist() for of in (process.alpha, process.sigma))
                keep = alpha[1] / alpha[0]
                added = max(sigma[1] ** 2 - (keep * sigma[0]) ** 2, 0.0)
                x = keep * x + self.noise_scale * added**0.5 * noise.normal(*x.shape[1:]).to(x)
                level = raised[i]
            step = (lower - level).item()
            first = slope(x, level)
            guess = x + step * first
            if process.sigma(lower[None]).item() > 0:  # without noise the slope has no value
                guess = x + step * (first + slope(guess, lower)) / 2
            x = guess
        return x
