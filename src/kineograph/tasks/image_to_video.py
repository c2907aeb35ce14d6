"""A still picture is given, and the film that begins with it is wanted."""

import torch

from kineograph.core.types import Clip, Condition
from kineograph.tasks.told import tell


class ImageToVideo:
    """Frame 0 is known; label, caption and amount of motion are told where asked."""

    def __init__(self, *, tell_label: bool, tell_text: bool, tell_motion: bool):
        self.tell_label = tell_label
        self.tell_text = tell_text
        self.tell_motion = tell_motion

    def __call__(self, clip: Clip) -> Condition:
        first = torch.arange(clip.video.shape[1]) == 0
        return tell(clip, first, self.tell_label, self.tell_text, self.tell_motion)
