"""Where on the way from noise to clean films a level is, in the measure of sampling."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Process

FINE = 1000  # steps between which levels are interpolated


def level_at(process: Process, place: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
    """The level so far along the walk of ``process.levels``: 1 is pure noise, 0 the clean film."""
    fine = process.levels(FINE).to(place)
    step = (1 - place) * FINE
    before = step.floor().long().clamp(0, FINE - 1)
    return torch.lerp(fine[before], fine[before + 1], step - before)
