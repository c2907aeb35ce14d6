"""What perceptual distances of frames share: between two films frame by frame, or along one film.

Zhang et al., arXiv:1801.03924, equation 1.
"""

from abc import ABC, abstractmethod

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.frozen import Frozen
from kineograph.core.types import Video
from kineograph.networks.pretrained.frame_extractor import Pictures


class PerceptualDistance(ABC):
    """0 for equal frames. As an extractor it answers how far each frame is from the one before it."""

    name: str
    feature_dim = 1

    def __init__(self, batch_size: int, *settings: object):
        self.batch_size = batch_size
        self.frozen = Frozen(identity=(self.name, self.sha256, *settings), load=self.load)

    @property
    @abstractmethod
    def sha256(self) -> str: ...

    @abstractmethod
    def load(self) -> nn.Module:
        """Prepared pictures -> rows whose squared distance is the perceptual one."""

    @abstractmethod
    def prepare(self, pictures: Pictures) -> Tensor:
        """The pictures in the size and range of the network."""

    def __call__(self, video: Video) -> Float[Tensor, "b s"]:
        return self.frozen.recall(video, self.steps)

    def steps(self, video: Video) -> Float[Tensor, "b s"]:
        """The distance of each frame from the one before it."""
        return self.features(video).diff(dim=1).square().sum(dim=2)

    def apart(self, first: Video, second: Video) -> Float[Tensor, "b t"]:
        """Frame by frame."""
        return (self.features(first) - self.features(second)).square().sum(dim=2)

    def features(self, video: Video) -> Float[Tensor, "b t d"]:
        """Rows whose squared distance is the perceptual one."""
        frames = rearrange(video, "b t c h w -> (b t) c h w")
        frames = frames.expand(-1, 3, -1, -1) if frames.shape[1] == 1 else frames
        levels = ((frames + 1) * 127.5).round().clamp(0, 255)
        with torch.inference_mode():
            parts = [self.frozen(self.prepare(part)) for part in levels.split(self.batch_size)]
            answer = rearrange(torch.cat(parts), "(b t) d -> b t d", b=video.shape[0])
        return answer.clone()
