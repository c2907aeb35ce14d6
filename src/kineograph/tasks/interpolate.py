"""Both ends of a film are given, and what lies between is wanted."""

import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Clip, Condition
from kineograph.tasks.told import tell


class Interpolate:
    """The first and the last frame are known. Raises UserError for clips without a frame between."""

    def __init__(self, *, tell_label: bool, tell_text: bool, tell_motion: bool):
        self.tell_label = tell_label
        self.tell_text = tell_text
        self.tell_motion = tell_motion

    def __call__(self, clip: Clip) -> Condition:
        num_frames = clip.video.shape[1]
        if num_frames < 3:
            raise UserError(f"clip.num_frames is {num_frames}; interpolation needs at least 3")
        place = torch.arange(num_frames)
        return tell(clip, (place == 0) | (place == num_frames - 1), self.tell_label, self.tell_text, self.tell_motion)
