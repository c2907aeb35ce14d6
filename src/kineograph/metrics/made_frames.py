"""The frames of a clip that were to be made: all but those that were given whole."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Condition, PerClip


def mean_made(numbers: Float[Tensor, "b t"], condition: Condition) -> PerClip:
    """The mean over them of one number a frame; nan where every frame was given."""
    made = condition.mask.amin(dim=(2, 3, 4)) < 1  # b t
    return torch.where(made, numbers, 0).sum(dim=1) / made.sum(dim=1)
