"""How often judges see films changed, by the images seen alone (R3GAN's augmentation, arXiv 2501.05441, appendix)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from kineograph.core.types import Scalar


class ScheduledChance(nn.Module):
    """A probability that follows ``course(images seen)``, whatever the judges say (relativistic ones say little)."""

    def __init__(self, *, course: Callable[[int], float]):
        super().__init__()
        self.course = course

    def forward(self, images_seen: int) -> Tensor:
        return torch.tensor(self.course(images_seen))

    def adapt(self, confidence: Scalar, images: int) -> None:
        pass
