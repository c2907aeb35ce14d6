"""Ancestral sampling (Ho et al. 2020, arXiv:2006.11239, Eq. 7 and Algorithm 2; any Gaussian process: Kingma et al.
2021, arXiv:2107.00630, Eq. 25 to 28)."""

from collections.abc import Callable
from itertools import pairwise

from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video


class Ancestral:
    """Draws each step from q(lower | noisy, clean estimate); fresh noise comes from each sample's own stream."""

    def __init__(self, *, num_steps: int):
        self.num_steps = num_steps

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)[:, None].expand(-1, len(start))  # steps+1 b, float64 on the CPU
        x = start * process.sigma(levels[0])[0].item()
        for level, lower in pairwise(levels):
            alpha, sigma = process.alpha(level)[0].item(), process.sigma(level)[0].item()
            alpha_lower, sigma_lower = process.alpha(lower)[0].item(), process.sigma(lower)[0].item()
            ratio = alpha / alpha_lower
            added = sigma**2 - (ratio * sigma_lower) ** 2  # the variance that lower -> level adds
            clean = denoise(x, level.to(x))
            x = ratio * (sigma_lower / sigma) ** 2 * x + alpha_lower * added / sigma**2 * clean
            if sigma_lower > 0:
                x = x + (max(added, 0.0) ** 0.5 * sigma_lower / sigma) * noise.normal(*x.shape[1:])
        return x
