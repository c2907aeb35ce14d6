"""LPIPS: a perceptual distance of frames whose channels are weighted as people judged.

Zhang et al., arXiv:1801.03924, equation 1, version 0.1. The backbone is torchvision's, from a file that the user gives;
the learned weights lie in the package ``lpips`` (BSD), of which nothing else is used, or in a file of the same form.
"""

import hashlib
import importlib.util
import pickle
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torchvision import models

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.file_hash import file_hash
from kineograph.networks.pretrained.frame_extractor import Pictures
from kineograph.networks.pretrained.given_file import given_file
from kineograph.networks.pretrained.perceptual_distance import PerceptualDistance
from kineograph.networks.pretrained.unit_rows import UnitRows


class _Backbone(NamedTuple):
    model: str  # torchvision's name
    official: str  # its file, which ends in the first digits of its sha256
    taps: tuple[int, ...]  # after which layers LPIPS reads


BACKBONES = {
    "alex": _Backbone("alexnet", "alexnet-owt-7be5be79.pth", (1, 4, 7, 9, 11)),
    "vgg": _Backbone("vgg16", "vgg16-397923af.pth", (3, 8, 15, 22, 29)),
    "squeeze": _Backbone("squeezenet1_1", "squeezenet1_1-b8a52dc0.pth", (1, 4, 7, 9, 10, 11, 12)),
}
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of pixels in [-1, 1]


class Lpips(PerceptualDistance):
    """LPIPS on ``alex``, ``vgg`` or ``squeeze``; only the official backbone's scores may be called that.

    Frames keep their size where ``size`` is None. Raises UserError where a file is missing or does not fit.
    """

    def __init__(
        self,
        *,
        network: str,
        weights: str,
        expected_sha256: str | None,
        heads: str | None,  # None: those of the installed package
        size: int | None,
        batch_size: int,
    ):
        if network not in BACKBONES:
            raise UserError(f"LPIPS knows the networks {', '.join(BACKBONES)}, not '{network}'")
        self.network = network
        self.size = size
        self.backbone = BACKBONES[network]
        words = ("LPIPS and its tLP", f"{self.backbone.official} (torchvision)", "pdist_squeeze11 and tlp_squeeze11")
        self.path = given_file(weights, expected_sha256, *words)
        self.heads_path = package_heads(network) if heads is None else given_file(heads, None, *words)
        super().__init__(batch_size, size)
        self.frozen.on(torch.device("cpu"))  # weights that do not fit are told now, not after the training

    @property
    def name(self) -> str:
        official = self.backbone.official.removesuffix(".pth").rpartition("-")[2]
        known = file_hash(self.path).startswith(official)
        return f"lpips_{self.network}" + ("" if known else "_with_unofficial_weights")

    @property
    def sha256(self) -> str:
        """Of both files' sha256."""
        return hashlib.sha256(f"{file_hash(self.path)} {file_hash(self.heads_path)}".encode()).hexdigest()

    def load(self) -> nn.Module:
        with torch.device("meta"):  # nothing is drawn, and the classifier never comes to be
            layers: nn.Sequential = models.get_model(self.backbone.model, weights=None).features
        state = {key.removeprefix("features."): value for key, value in _tensors(self.path).items()}
        heads = [head.flatten() for _, head in sorted(_tensors(self.heads_path).items())]
        try:
            layers.load_state_dict({key: state[key] for key in layers.state_dict()}, assign=True)
        except (KeyError, RuntimeError) as error:
            raise UserError(f"the tensors in '{self.path}' do not fit {self.network}; get its official file") from error
        if len(heads) != len(self.backbone.taps) or any(bool((head < 0).any()) for head in heads):
            raise UserError(f"'{self.heads_path}' holds no weights of LPIPS for {self.network}; set heads=null")
        return UnitRows(layers, self.backbone.taps, heads)

    def prepare(self, pictures: Pictures) -> Float[Tensor, "n 3 h2 w2"]:
        if self.size is not None:
            size = (self.size, self.size)
            pictures = F.interpolate(pictures, size=size, mode="bilinear", align_corners=False, antialias=True)
        shift, scale = (pictures.new_tensor(of)[:, None, None] for of in (SHIFT, SCALE))
        return (pictures / 127.5 - 1 - shift) / scale


def package_heads(network: str) -> Path:
    """The file inside the package ``lpips``; the package itself is not imported."""
    package = importlib.util.find_spec("lpips")
    if package is None or not package.origin:
        raise UserError(
            "LPIPS needs the learned weights of the package lpips: pip install lpips, or use pdist_squeeze11 (offline)"
        )
    return Path(package.origin).parent / "weights" / "v0.1" / f"{network}.pth"


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise UserError(f"'{path}' is not a plain file of tensors and was refused") from error
