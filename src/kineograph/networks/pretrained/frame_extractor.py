"""What picture networks share: which frames they see, in which form, and how many at a time."""

from abc import ABC, abstractmethod
from pathlib import Path

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.frozen import Frozen
from kineograph.core.types import Video
from kineograph.networks.pretrained.file_hash import file_hash

Pictures = Float[Tensor, "n 3 h w"]  # 8-bit levels as floats, 0 to 255


class FrameExtractor(ABC):
    """Features of at most ``num_frames`` frames a clip, evenly spread and never the first one of several.

    The first frame is mostly the given picture, the same in real and generated clips. The last one is always among
    them, also where it is given too (interpolation, infilling).
    """

    name: str
    feature_dim: int

    def __init__(self, path: Path, num_frames: int, batch_size: int, *settings: int):
        self.path = path
        self.num_frames = num_frames
        self.batch_size = batch_size
        self.frozen = Frozen(identity=(type(self).__name__, self.sha256, num_frames, *settings), load=self.load)

    @abstractmethod
    def load(self) -> nn.Module: ...

    @abstractmethod
    def prepare(self, pictures: Pictures) -> Tensor:
        """The pictures in the size and range of the network."""

    @property
    def sha256(self) -> str:
        return file_hash(self.path)

    def __call__(self, video: Video) -> Float[Tensor, "b t2 d"]:
        return self.frozen.recall(video, self.features)

    def features(self, video: Video) -> Float[Tensor, "b t2 d"]:
        chosen = video[:, chosen_frames(video.shape[1], self.num_frames)]
        frames = rearrange(chosen, "b t c h w -> (b t) c h w")
        frames = frames.expand(-1, 3, -1, -1) if frames.shape[1] == 1 else frames
        levels = ((frames + 1) * 127.5).round().clamp(0, 255)
        with torch.inference_mode():
            parts = [self.frozen(self.prepare(part)) for part in levels.split(self.batch_size)]
            answer = rearrange(torch.cat(parts), "(b t) d -> b t d", b=video.shape[0])
        return answer.clone()  # an ordinary tensor again


def chosen_frames(length: int, wanted: int) -> list[int]:
    """At most ``wanted`` places, evenly spread from after the first frame to the last; a single frame is its own."""
    first = min(1, length - 1)
    return sorted({max(first, round(place * (length - 1) / wanted)) for place in range(1, wanted + 1)})
