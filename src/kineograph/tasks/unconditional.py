"""Nothing is given: the animator makes a film of its own."""

import torch

from kineograph.core.types import Clip, Condition
from kineograph.tasks.told import tell


class Unconditional:
    """No frame is known and nothing is told; only size, length and times are wanted."""

    def __call__(self, clip: Clip) -> Condition:
        nothing = torch.zeros(clip.video.shape[1], dtype=torch.bool)
        return tell(clip, nothing, False, False, False)
