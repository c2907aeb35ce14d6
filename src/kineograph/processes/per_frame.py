"""Diffusion forcing: every frame has a level of its own (Chen et al. 2024, arXiv:2407.01392, Sec. 3)."""

import torch
from jaxtyping import Bool
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.protocols import Denoiser, Process
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video
from kineograph.processes.gaussian import spread
from kineograph.processes.wrapped import Wrapped


class PerFrame(Wrapped):
    """``process`` with independent training levels; given frames are noisy frames of a low level, not a condition.

    A frame given as a whole is shown as if it had the level ``stabilisation`` (Sec. 3.3: a film that goes on from
    its own frames trusts them a little less, and does not drift); the denoiser sees no mask, and pixels given in a part
    of a frame are not told. Raises UserError where pictures and latents differ in shape.
    """

    def __init__(self, *, process: Process, stabilisation: float):
        super().__init__(process=process)
        self.stabilisation = stabilisation

    def sample_level(self, noise: Noise, num_frames: int) -> Level:
        return torch.cat([self.process.sample_level(noise, 1) for _ in range(num_frames)], dim=1)

    def shown_level(self, level: Level, condition: Condition) -> Level:
        if level.ndim == 1:
            level = level[:, None].expand(-1, condition.num_frames)
        return torch.where(whole_frames(condition).to(level.device), self.stabilisation, level)

    def denoise(self, denoiser: Denoiser, noisy: Video, level: Level, condition: Condition) -> Video:
        if condition.known.shape != noisy.shape:
            raise UserError(
                f"process=per_frame noises given frames like any other; the codec makes latents of {noisy.shape[2]}"
                f" channels and pictures of {condition.known.shape[2]}; use animator/codec=identity"
            )
        level, given = self.shown_level(level, condition), whole_frames(condition)
        shown = spread(self.alpha(level), noisy) * condition.known  # no noise is added: it is only told
        there = given[..., None, None, None].to(noisy.device)
        untold = condition._replace(known=torch.zeros_like(condition.known), mask=torch.zeros_like(condition.mask))
        estimate = self.process.denoise(denoiser, torch.where(there, shown, noisy), level, untold)
        return torch.where(there, condition.known, estimate)


def whole_frames(condition: Condition) -> Bool[Tensor, "b t"]:
    """Which frames are given as a whole."""
    return condition.mask.amin(dim=(2, 3, 4)) > 0
