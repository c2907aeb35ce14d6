"""Euler's method along the probability-flow ODE (Song et al. 2021, arXiv:2011.13456, Eq. 13)."""

from collections.abc import Callable
from itertools import pairwise

from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video


class Euler:
    """First order, deterministic; one call of the denoiser a step."""

    def __init__(self, *, num_steps: int):
        self.num_steps = num_steps

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)[:, None].expand(-1, len(start))  # steps+1 b, float64 on the CPU
        x = start * process.sigma(levels[0])[0].item()
        for level, lower in pairwise(levels):
            slope = process.velocity(x, denoise(x, level.to(x)), level)
            x = x + (lower - level)[0].item() * slope
        return x
