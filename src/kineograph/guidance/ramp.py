"""Guidance that grows along the film (Blattmann et al. 2023, arXiv:2311.15127, Sec. 4.3: linear, 1 at the picture)."""

import torch

from kineograph.core.protocols import Denoise
from kineograph.core.types import Condition, Level, Video


class Ramp:
    """Guides the first frame by ``first``, the last by ``last`` and those between in proportion."""

    def __init__(self, *, first: float, last: float):
        self.first = first
        self.last = last

    def __call__(self, denoise: Denoise) -> Denoise:
        def guided(noisy: Video, level: Level, condition: Condition) -> Video:
            scale = torch.linspace(self.first, self.last, noisy.shape[1], dtype=noisy.dtype, device=noisy.device)
            untold = denoise(noisy, level, condition.untold())
            return untold + scale[:, None, None, None] * (denoise(noisy, level, condition) - untold)

        return guided
