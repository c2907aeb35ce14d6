"""A film of any length in the memory of a few frames, where films are functions of time (Skorokhodov et al. 2022,
"StyleGAN-V", arXiv 2112.14683, section 3.1)."""

import torch

from kineograph.core.errors import UserError
from kineograph.core.protocols import Animates, Imagines
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.core.warp import keep_known


class Endless:
    """``num_frames`` frames at a time, all of the same codes: the film that the animator would make at once.

    Raises UserError for an animator whose frames depend on each other.
    """

    def __init__(self, *, animates: Animates, num_frames: int):
        if not isinstance(animates, Imagines):
            raise UserError("procedure=endless is for animators that make films from codes; use procedure=rolled_out")
        self.animates = animates
        self.num_frames = num_frames

    def animate(self, condition: Condition, noise: Noise) -> Video:
        codes = self.animates.codes(condition, noise)
        made = torch.empty_like(condition.known)
        for first in range(0, condition.num_frames, self.num_frames):
            part = self.frames(condition, codes, first, min(first + self.num_frames, condition.num_frames))
            made[:, first : first + self.num_frames] = part
            if first == 0:
                self.check(part[:, :2], condition, codes)
        return made

    def frames(self, condition: Condition, codes: tuple, first: int, end: int) -> Video:
        """These frames; the film's first frame, from which time counts, is made with them and left out."""
        anchored = [0, *range(max(first, 1), end)]
        part = condition._replace(
            known=condition.known[:, anchored], mask=condition.mask[:, anchored], times=condition.times[:, anchored]
        )
        film = keep_known(self.animates.film(part, codes).clamp(-1, 1), part)
        return film if first == 0 else film[:, 1:]

    def check(self, begun: Video, condition: Condition, codes: tuple) -> None:
        alone = self.frames(condition, codes, 0, begun.shape[1])
        if alone.shape != begun.shape or not torch.allclose(alone, begun, atol=1e-3):
            raise UserError(
                "procedure=endless: this animator's frames depend on each other; use procedure=rolled_out, or a run of "
                "a generator on continuous time (experiment=gan/stylegan_v)"
            )
