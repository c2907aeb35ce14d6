"""A film of any length in the memory of a few frames, where films are functions of time (Skorokhodov et al. 2022,
"StyleGAN-V", arXiv 2112.14683, section 3.1)."""

import torch

from kineograph.core.errors import UserError, at_least
from kineograph.core.protocols import Animates, Imagines
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.core.warp import keep_known

HANGS_TOGETHER = (
    "procedure=endless: this animator's frames depend on each other; use procedure=rolled_out, or a run of a generator "
    "on continuous time (experiment=gan/stylegan_v)"
)


class Endless:
    """``num_frames`` frames at a time, all of the same codes: the film that the animator would make at once.

    Given frames are shown with every part. Raises UserError for an animator whose frames depend on each other.
    """

    def __init__(self, *, animates: Animates, num_frames: int):
        if not isinstance(animates, Imagines):
            raise UserError("procedure=endless is for animators that make films from codes; use procedure=rolled_out")
        at_least(1, procedure__num_frames=num_frames)
        self.animates = animates
        self.num_frames = num_frames

    def animate(self, condition: Condition, noise: Noise) -> Video:
        codes = self.animates.codes(condition, noise)
        made = torch.empty_like(condition.known)
        for first in range(0, condition.num_frames, self.num_frames):
            part = self.frames(condition, codes, first, min(first + self.num_frames, condition.num_frames))
            made[:, first : first + self.num_frames] = part
            if first == 0:
                self.check(part, condition, codes)
        return made

    def frames(self, condition: Condition, codes: tuple, first: int, end: int) -> Video:
        """These frames; the film's first frame, from which time counts, and the given ones are made with them."""
        given = (condition.mask > 0).any(dim=(0, 2, 3, 4)).nonzero()[:, 0].tolist()
        shown = sorted({0, *given, *range(first, end)})
        part = condition._replace(
            known=condition.known[:, shown], mask=condition.mask[:, shown], times=condition.times[:, shown]
        )
        try:
            film = self.animates.film(part, codes)
        except torch.OutOfMemoryError:  # a RuntimeError, too
            raise
        except RuntimeError as error:  # codes of each frame, or a fixed number of frames
            raise UserError(HANGS_TOGETHER) from error
        if film.shape[1] != len(shown):
            raise UserError(HANGS_TOGETHER)
        return keep_known(film.clamp(-1, 1), part)[:, [shown.index(place) for place in range(first, end)]]

    def check(self, begun: Video, condition: Condition, codes: tuple) -> None:
        """The film's beginning alone against one that goes on."""
        if begun.shape[1] < 3:  # of which one frame may be given, and one be the first
            begun = self.frames(condition, codes, 0, min(3, condition.num_frames))
        alone = self.frames(condition, codes, 0, min(2, condition.num_frames))
        if not torch.allclose(alone, begun[:, :2], atol=1e-3):
            raise UserError(HANGS_TOGETHER)
