"""A codec and how it is trained, before the animator that works in its latents."""

from functools import partial

import torch
from torch import nn

from kineograph.animators.schedule import Schedule
from kineograph.core.protocols import TrainableCodec
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Scalar, Turn, Weighted


class Stage(nn.Module):
    """Holds a codec with its losses; it learns during the run's first ``images`` images and rests afterwards."""

    def __init__(
        self,
        *,
        network: nn.Module,
        losses: dict[str, Weighted],
        optimizer: partial[torch.optim.Optimizer] | None,  # None where there is nothing to learn
        schedule: Schedule | None,
        images: int,
    ):
        super().__init__()
        self.network = network
        self.losses = losses
        self.optimizer = optimizer
        self.schedule = schedule
        self.images = images

    def terms(self, clip: Clip, condition: Condition, noise: Noise) -> dict[str, Scalar]:
        """Each named loss of the reconstruction, weighted."""
        codec: TrainableCodec = self.network  # pyright: ignore[reportAssignmentType]
        rebuilt = codec.reconstruct(clip.video, condition, noise)
        turn = Turn(clip.video, rebuilt.video, condition, None, rebuilt.extras, None, None, None)
        return {f"codec/{name}": weight * loss(turn) for name, (loss, weight) in self.losses.items()}
