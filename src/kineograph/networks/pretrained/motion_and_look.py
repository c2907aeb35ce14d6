"""How a clip moves and how it looks, side by side: a distance on both sees a spoilt picture and a spoilt motion."""

import hashlib

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Extractor
from kineograph.core.types import Video


class MotionAndLook:
    """One row a clip: the features of motion, then those of the look."""

    def __init__(self, *, motion: Extractor, look: Extractor):
        self.motion = motion
        self.look = look
        self.name = f"{motion.name}_{look.name}"

    @property
    def feature_dim(self) -> int:
        return self.motion.feature_dim + self.look.feature_dim

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.motion.sha256} {self.look.sha256}".encode()).hexdigest()

    def __call__(self, video: Video) -> Float[Tensor, "b d"]:
        return torch.cat([self.motion(video), self.look(video)], dim=1)
