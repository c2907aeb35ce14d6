"""Middle levels more often, and the ends still often enough (Esser et al. 2024, arXiv:2403.03206, Eq. 20)."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.random import Noise


class ModeDraw:
    """Density 1 / |f'| with f(u) = 1 - u - scale (cos^2(pi u / 2) - 1 + u), never below ``lowest``.

    ``scale`` lies between -1 (the ends) and 2 / (pi - 2) (the middle), where f stays monotone; 0 is uniform.
    """

    def __init__(self, *, scale: float, lowest: float):
        if not -1 <= scale <= 2 / (torch.pi - 2):
            raise UserError(f"levels.scale={scale}: the mode distribution has one from -1 to {2 / (torch.pi - 2):.2f}")
        self.scale = scale
        self.lowest = lowest

    def __call__(self, noise: Noise) -> Float[Tensor, "b"]:
        u = noise.uniform()
        level = 1 - u - self.scale * (torch.cos(torch.pi / 2 * u) ** 2 - 1 + u)
        return level.clamp_min(self.lowest)
