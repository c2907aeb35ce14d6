"""How often judges see films changed, steered by how sure they are (Karras et al. 2020, "ADA", arXiv 2006.06676,
section 3 and figure 5)."""

import torch
from torch import Tensor, nn

from kineograph.core.types import Scalar


class AdaptiveChance(nn.Module):
    """A probability, kept in the state dict: up by images / ``images`` where the mean sign of real scores is above
    ``target``, down by as much where it is below; always in [0, 1].
    """

    probability: Tensor

    def __init__(self, *, target: float, images: int):
        super().__init__()
        self.target = target
        self.images = images  # in which the probability can go from 0 to 1
        self.register_buffer("probability", torch.zeros(()))

    def forward(self, images_seen: int) -> Tensor:
        return self.probability

    def adapt(self, confidence: Scalar, images: int) -> None:
        step = (confidence - self.target).sign() * images / self.images
        self.probability.add_(step.to(self.probability)).clamp_(0, 1)
