"""A process whose noise begins late, so that any sampler starts from a film with noise on it (Meng et al. 2021,
arXiv:2108.01073, Algorithm 1)."""

import torch
from torch import Tensor

from kineograph.core.protocols import Process
from kineograph.core.walk import level_at


class LateStart:
    """As ``process``, but its levels begin where the share ``strength`` of the walk is left, in any number of steps.

    The sampler keeps its number of steps; they are smaller.
    """

    def __init__(self, process: Process, strength: float):
        self.process = process
        self.strength = strength
        self.alpha, self.sigma, self.velocity = process.alpha, process.sigma, process.velocity
        self.corrupt, self.denoise = process.corrupt, process.denoise
        self.sample_level, self.shown_level, self.weight = process.sample_level, process.shown_level, process.weight

    def levels(self, num_steps: int) -> Tensor:
        return level_at(self.process, torch.linspace(self.strength, 0, num_steps + 1, dtype=torch.float64))
