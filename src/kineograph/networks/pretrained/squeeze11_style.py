"""What SqueezeNet 1.1 says of a picture's style: how its features go together, wherever they are.

Gatys et al., "A neural algorithm of artistic style", arXiv:1508.06576, equations 3 and 4 (there by VGG-19).
"""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.networks.pretrained.frame_extractor import FrameExtractor, Pictures
from kineograph.networks.pretrained.squeeze11 import as_caffe, squeezenet, weight_file

TAPS = {1: 64, 4: 128, 7: 256}  # conv1, fire3, fire5: place of the layer -> channels


class _Grams(nn.Module):
    """Pictures -> each tap's matrix of mean products of channels, each divided by the number of channels."""

    def __init__(self, layers: nn.Sequential):
        super().__init__()
        self.layers = layers[: max(TAPS) + 1]

    def forward(self, pictures: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        x, rows = pictures, []
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place in TAPS:
                flat = rearrange(x, "n c h w -> n c (h w)")
                rows.append((flat @ flat.mT / (flat.shape[1] * flat.shape[2])).flatten(1))
        return torch.cat(rows, dim=1)


class Squeeze11Style(FrameExtractor):
    """Gram matrices of a frame at ``size`` x ``size`` pixels, one below the other. Raises UserError without weights."""

    name = "squeeze11_style"
    feature_dim = sum(channels**2 for channels in TAPS.values())

    def __init__(self, *, size: int, num_frames: int, batch_size: int):
        self.size = size
        super().__init__(weight_file(), num_frames, batch_size, size)

    def load(self) -> nn.Module:
        return _Grams(squeezenet(self.path))

    def prepare(self, pictures: Pictures) -> Float[Tensor, "n 3 h2 w2"]:
        return as_caffe(pictures, self.size)
