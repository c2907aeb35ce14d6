"""The beginning of a film is given, and its continuation is wanted."""

import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Clip, Condition
from kineograph.tasks.told import tell


class Predict:
    """The first ``num_known`` frames are known. Raises UserError if that leaves nothing to predict."""

    def __init__(self, *, num_known: int, tell_label: bool, tell_text: bool, tell_motion: bool):
        if num_known < 1:
            raise UserError(f"data.task.num_known is {num_known}; at least one frame must be known")
        self.num_known = num_known
        self.tell_label = tell_label
        self.tell_text = tell_text
        self.tell_motion = tell_motion

    def __call__(self, clip: Clip) -> Condition:
        num_frames = clip.video.shape[1]
        if self.num_known >= num_frames:
            raise UserError(f"data.task.num_known is {self.num_known} of {num_frames} frames; nothing to predict")
        first = torch.arange(num_frames) < self.num_known
        return tell(clip, first, self.tell_label, self.tell_text, self.tell_motion)
