"""EfficientNet-Lite0's inner feature maps, differentiable to the pixels, for a judge that needs no download.

Tan and Le, "EfficientNet", arXiv:1905.11946; the weights and settings of ``efficientnet_lite0``.
"""

import torch
import torch.nn.functional as F
from efficientnet_lite_pytorch import EfficientNet
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.frozen import Frozen
from kineograph.networks.pretrained.efficientnet_lite0 import EfficientNetLite0


class _Stages(nn.Module):
    """The maps behind some of the blocks."""

    def __init__(self, network: EfficientNet, stages: list[int]):
        super().__init__()
        self.network = network
        self.stages = stages

    def forward(self, pictures: Float[Tensor, "n 3 h w"]) -> list[Tensor]:
        x = self.network._swish(self.network._bn0(self.network._conv_stem(pictures)))
        maps = []
        for place, block in enumerate(self.network._blocks[: self.stages[-1] + 1]):
            x = block(x)
            if place in self.stages:
                maps.append(x)
        return maps


class EfficientNetStages:
    """Maps behind the blocks ``stages`` (rising) of pictures in [-1, 1], resized to ``size`` x ``size``."""

    def __init__(self, *, size: int, stages: list[int]):
        self.size = size
        self.frozen = Frozen(identity=("efficientnet_stages", size, *stages), load=self.load)
        self.stages = stages

    def load(self) -> nn.Module:
        pooled = EfficientNetLite0(size=self.size, num_frames=1, batch_size=1).load()
        return _Stages(pooled.network, self.stages)

    def __call__(self, pictures: Float[Tensor, "n 3 h w"]) -> list[Tensor]:
        wide = pictures.to(torch.promote_types(pictures.dtype, torch.float32))  # a CPU antialiases none narrower
        resized = F.interpolate(wide, size=(self.size, self.size), mode="bilinear", align_corners=False, antialias=True)
        return self.frozen(resized)
