"""The levels of Karras et al. 2022 (arXiv:2206.00364, Eq. 5) for any process and any sampler."""

from collections.abc import Callable

import torch
from torch import Tensor

from kineograph.core.errors import UserError, at_least
from kineograph.core.protocols import Process, Sampler
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video
from kineograph.samplers.half_log_snr import half_log_snr, level_at


class KarrasGrid:
    """Lets ``sampler`` walk where the ratios sigma / alpha fall from ``ratio_max`` to ``ratio_min``, evenly after the
    ``rho``-th root (a large one spaces them evenly in their logarithm), and then to the process's own end.

    Raises UserError where the process does not reach so far.
    """

    def __init__(self, *, sampler: Sampler, ratio_min: float, ratio_max: float, rho: float):
        self.sampler = sampler
        self.ratio_min = ratio_min
        self.ratio_max = ratio_max
        self.rho = rho

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        return self.sampler(_OnGrid(process, self.levels), denoise, start, noise)

    def levels(self, process: Process, num_steps: int) -> Tensor:
        at_least(1, sampler__num_steps=num_steps)
        most, least = (-half_log_snr(process, process.levels(1))).exp().tolist()
        if not least < self.ratio_min < self.ratio_max <= most * (1 + 1e-9):
            raise UserError(
                f"sampler.ratio_min={self.ratio_min} and ratio_max={self.ratio_max}: the process goes from"
                f" {most:.4g} to {least:.4g}; choose a range inside"
            )
        place = torch.linspace(0, 1, num_steps, dtype=torch.float64)
        high, low = self.ratio_max ** (1 / self.rho), self.ratio_min ** (1 / self.rho)
        ratio = (high + place * (low - high)) ** self.rho
        return torch.cat([level_at(process, -ratio.log()), process.levels(1)[-1:]])


class _OnGrid:
    """A process with other levels for sampling."""

    def __init__(self, process: Process, levels: Callable[[Process, int], Tensor]):
        self.process = process
        self.grid = levels
        self.alpha, self.sigma, self.velocity = process.alpha, process.sigma, process.velocity
        self.corrupt, self.denoise = process.corrupt, process.denoise
        self.sample_level, self.shown_level, self.weight = process.sample_level, process.shown_level, process.weight

    def levels(self, num_steps: int) -> Tensor:
        return self.grid(self.process, num_steps)
