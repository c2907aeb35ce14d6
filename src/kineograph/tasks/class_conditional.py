"""No picture is given, only what the film should show."""

import torch

from kineograph.core.types import Clip, Condition
from kineograph.tasks.told import tell


class ClassConditional:
    """No frame is known; label, caption and amount of motion are told where asked."""

    def __init__(self, *, tell_label: bool, tell_text: bool, tell_motion: bool):
        self.tell_label = tell_label
        self.tell_text = tell_text
        self.tell_motion = tell_motion

    def __call__(self, clip: Clip) -> Condition:
        nothing = torch.zeros(clip.video.shape[1], dtype=torch.bool)
        return tell(clip, nothing, self.tell_label, self.tell_text, self.tell_motion)
