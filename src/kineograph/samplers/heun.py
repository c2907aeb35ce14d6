"""Heun's second-order method (Karras et al. 2022, arXiv:2206.00364, Algorithm 1)."""

from collections.abc import Callable
from itertools import pairwise

from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video


class Heun:
    """Second order, deterministic; two calls of the denoiser a step, one in a last step that ends without noise."""

    def __init__(self, *, num_steps: int):
        self.num_steps = num_steps

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)[:, None].expand(-1, len(start))  # steps+1 b, float64 on the CPU
        x = start * process.sigma(levels[0])[0].item()
        for level, lower in pairwise(levels):
            step = (lower - level)[0].item()
            slope = process.velocity(x, denoise(x, level.to(x)), level)
            guess = x + step * slope
            if process.sigma(lower)[0].item() > 0:  # without noise the slope has no value
                slope = (slope + process.velocity(guess, denoise(guess, lower.to(x)), lower)) / 2
                guess = x + step * slope
            x = guess
        return x
