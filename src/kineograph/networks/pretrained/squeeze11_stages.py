"""SqueezeNet 1.1's inner feature maps, differentiable to the pixels, for a loss that needs no download.

Iandola et al., arXiv:1602.07360 (release 1.1); the weights of ``squeeze11``.
"""

from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.frozen import Frozen
from kineograph.networks.pretrained.squeeze11 import as_caffe, squeezenet, weight_file


class _Stages(nn.Module):
    """The maps behind some of the layers."""

    def __init__(self, layers: nn.Sequential, stages: list[int]):
        super().__init__()
        self.layers = layers[: stages[-1] + 1]
        self.stages = stages

    def forward(self, pictures: Float[Tensor, "n 3 h w"]) -> list[Tensor]:
        x, maps = pictures, []
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place in self.stages:
                maps.append(x)
        return maps


class Squeeze11Stages:
    """Maps behind the layers ``stages`` (rising) of pictures in [-1, 1], resized to ``size`` x ``size``."""

    def __init__(self, *, size: int, stages: list[int]):
        self.size = size
        path = weight_file()
        self.frozen = Frozen(
            identity=("squeeze11_stages", size, *stages), load=lambda: _Stages(squeezenet(path), stages)
        )

    def __call__(self, pictures: Float[Tensor, "n 3 h w"]) -> list[Tensor]:
        return self.frozen(as_caffe((pictures + 1) * 127.5, self.size))
