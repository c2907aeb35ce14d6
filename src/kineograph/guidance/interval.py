"""Classifier-free guidance in a range of levels (Kynkaanniemi et al. 2024, arXiv:2404.07724, Eq. 6)."""

import torch

from kineograph.core.protocols import Denoise
from kineograph.core.types import Condition, Level, Video


class Interval:
    """Guides by ``scale`` where lowest < level <= highest, in the process's own levels, and not elsewhere."""

    def __init__(self, *, scale: float, lowest: float, highest: float):
        self.scale = scale
        self.lowest = lowest
        self.highest = highest

    def __call__(self, denoise: Denoise) -> Denoise:
        def guided(noisy: Video, level: Level, condition: Condition) -> Video:
            told = denoise(noisy, level, condition)
            inside = (level > self.lowest) & (level <= self.highest)
            if not inside.any():  # spares the second call
                return told
            untold = denoise(noisy, level, condition.untold())
            inside = inside.reshape(*inside.shape, *[1] * (noisy.ndim - inside.ndim))
            return torch.where(inside, untold + self.scale * (told - untold), told)

        return guided
