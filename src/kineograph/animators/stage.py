"""A codec and how it is trained, before the animator that works in its latents."""

from functools import partial

import torch
from jaxtyping import Int
from torch import Tensor, nn

from kineograph.animators.schedule import Schedule
from kineograph.core.protocols import TrainableCodec
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Scalar, Turn, Weighted

Chosen = Int[Tensor, "b n"]  # frames of each clip, in order


class Stage(nn.Module):
    """Holds a codec with its losses; it learns during the run's first ``images`` images and rests afterwards."""

    def __init__(
        self,
        *,
        network: nn.Module,
        losses: dict[str, Weighted],
        optimizer: partial[torch.optim.Optimizer] | None,  # None where there is nothing to learn
        schedule: Schedule | None,
        grad_clip: float | None,  # largest norm of the gradient
        images: int,
        num_frames: int | None,  # of each clip that a batch shows, the known ones before others; None: all of them
    ):
        super().__init__()
        self.network = network
        self.losses = losses
        self.optimizer = optimizer
        self.schedule = schedule
        self.grad_clip = grad_clip
        self.images = images
        self.num_frames = num_frames

    def terms(self, clip: Clip, condition: Condition, noise: Noise) -> dict[str, Scalar]:
        """Each named loss of the reconstruction, weighted."""
        codec: TrainableCodec = self.network  # pyright: ignore[reportAssignmentType]
        video = clip.video
        if self.num_frames is not None and self.num_frames < condition.num_frames:
            chosen = draw_frames(condition, self.num_frames, noise)
            condition = condition._replace(
                known=at(condition.known, chosen), mask=at(condition.mask, chosen), times=at(condition.times, chosen)
            )
            video = at(video, chosen)
        rebuilt = codec.reconstruct(video, condition, noise)
        turn = Turn(video, rebuilt.video, condition, None, rebuilt.extras, None, None, None)
        return {f"codec/{name}": weight * loss(turn) for name, (loss, weight) in self.losses.items()}


def draw_frames(condition: Condition, count: int, noise: Noise) -> Chosen:
    """``count`` frames of each clip, drawn for each alone: the known ones, then any others."""
    told = condition.mask.amax(dim=(2, 3, 4))  # b t
    return (told + noise.uniform(condition.num_frames)).topk(count, dim=1).indices.sort(dim=1).values


def at(frames: Tensor, chosen: Chosen) -> Tensor:
    """The chosen frames (b n ...) of each clip's (b t ...)."""
    return frames[torch.arange(len(chosen), device=chosen.device)[:, None], chosen]
