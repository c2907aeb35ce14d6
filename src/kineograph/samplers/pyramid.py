"""Frames that become clear one after the other (Chen et al. 2024, arXiv:2407.01392, Sec. 3.3 and Algorithm 2)."""

from collections.abc import Callable
from itertools import pairwise

import torch

from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video


class Pyramid:
    """DDIM in which every frame runs ``delay`` steps behind the one before: the near future is settled first.

    For a denoiser trained with a level a frame (process=per_frame). ``delay`` 0 is DDIM; one call of the denoiser a
    step, ``num_steps`` + ``delay`` (frames - 1) steps.
    """

    def __init__(self, *, num_steps: int, delay: int):
        self.num_steps = num_steps
        self.delay = delay

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)  # steps+1, float64 on the CPU
        late = self.delay * torch.arange(start.shape[1])
        x = start * process.sigma(levels[:1]).item()
        for step, after in pairwise(range(self.num_steps + int(late[-1]) + 1)):
            here, there = ((place - late).clamp(0, self.num_steps) for place in (step, after))
            level, lower = levels[here], levels[there]  # t
            clean = denoise(x, level.expand(len(x), -1).to(x))
            moves = (here != there).to(x.device)[:, None, None, None]
            keep = (process.sigma(lower) / process.sigma(level)).to(x)[:, None, None, None]
            alpha, alpha_lower = (process.alpha(at).to(x)[:, None, None, None] for at in (level, lower))
            x = torch.where(moves, keep * x + (alpha_lower - keep * alpha) * clean, x)
        return x
