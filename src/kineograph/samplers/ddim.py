"""DDIM without added noise (Song et al. 2021, arXiv:2010.02502, Eq. 12 with sigma = 0)."""

from collections.abc import Callable
from itertools import pairwise

from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video


class Ddim:
    """First order, deterministic, exact where the clean estimate does not change; one call of the denoiser a step."""

    def __init__(self, *, num_steps: int):
        self.num_steps = num_steps

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)[:, None].expand(-1, len(start))  # steps+1 b, float64 on the CPU
        x = start * process.sigma(levels[0])[0].item()
        for level, lower in pairwise(levels):
            clean = denoise(x, level.to(x))
            keep = (process.sigma(lower) / process.sigma(level))[0].item()
            add = (process.alpha(lower) - keep * process.alpha(level))[0].item()
            x = keep * x + add * clean
        return x
