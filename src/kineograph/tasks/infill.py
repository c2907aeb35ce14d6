"""The beginning and the end of a film are given, and its middle is wanted."""

import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Clip, Condition
from kineograph.tasks.told import tell


class Infill:
    """The first ``num_past`` and the last ``num_future`` frames are known. Raises UserError if none is left between."""

    def __init__(self, *, num_past: int, num_future: int, tell_label: bool, tell_text: bool, tell_motion: bool):
        self.num_past = num_past
        self.num_future = num_future
        self.tell_label = tell_label
        self.tell_text = tell_text
        self.tell_motion = tell_motion

    def __call__(self, clip: Clip) -> Condition:
        num_frames = clip.video.shape[1]
        if self.num_past + self.num_future >= num_frames:
            raise UserError(
                f"data.task: {self.num_past} + {self.num_future} of {num_frames} frames are known; nothing to fill in"
            )
        place = torch.arange(num_frames)
        known = (place < self.num_past) | (place >= num_frames - self.num_future)
        return tell(clip, known, self.tell_label, self.tell_text, self.tell_motion)
