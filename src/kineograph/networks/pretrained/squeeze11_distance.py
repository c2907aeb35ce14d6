"""A perceptual distance of frames on SqueezeNet 1.1, as LPIPS is made but without its learned weights.

Zhang et al., arXiv:1801.03924, equation 1 with w = 1 ("baseline"); called pdist_squeeze11, never LPIPS.
"""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.frozen import Frozen
from kineograph.core.types import Video
from kineograph.networks.pretrained.file_hash import file_hash
from kineograph.networks.pretrained.squeeze11 import as_caffe, squeezenet, weight_file

TAPS = (1, 4, 7, 9, 10, 11, 12)  # the places that LPIPS reads: conv1, fire3, fire5, fire6 to fire9


class _Layers(nn.Module):
    """Pictures -> the features at each tap, every place's channels of length 1, weighted so that places average."""

    def __init__(self, layers: nn.Sequential):
        super().__init__()
        self.layers = layers

    def forward(self, pictures: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        x, rows = pictures, []
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place in TAPS:
                unit = x / x.norm(dim=1, keepdim=True).clamp(min=1e-10)
                rows.append(rearrange(unit, "n c h w -> n (c h w)") / (x.shape[2] * x.shape[3]) ** 0.5)
        return torch.cat(rows, dim=1)


class Squeeze11Distance:
    """0 for equal frames, about 1.2 for two unrelated pictures; frames are resized to ``size`` x ``size``.

    As an extractor it answers how far each frame is from the one before it.
    """

    name = "pdist_squeeze11"
    feature_dim = 1

    def __init__(self, *, size: int, batch_size: int):
        self.size = size
        self.batch_size = batch_size
        self.path = weight_file()
        self.frozen = Frozen(identity=(self.name, self.sha256, size), load=lambda: _Layers(squeezenet(self.path)))

    @property
    def sha256(self) -> str:
        return file_hash(self.path)

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
            parts = [self.frozen(as_caffe(part, self.size)) for part in levels.split(self.batch_size)]
            answer = rearrange(torch.cat(parts), "(b t) d -> b t d", b=video.shape[0])
        return answer.clone()
