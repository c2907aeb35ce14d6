"""Middle levels more often than the ends (Esser et al. 2024, arXiv:2403.03206, Eq. 19)."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.random import Noise


class LogitNormalDraw:
    """sigmoid(location + scale * normal), never below ``lowest``."""

    def __init__(self, *, location: float, scale: float, lowest: float):
        self.location = location
        self.scale = scale
        self.lowest = lowest

    def __call__(self, noise: Noise) -> Float[Tensor, "b"]:
        return torch.sigmoid(self.location + self.scale * noise.normal()).clamp_min(self.lowest)
