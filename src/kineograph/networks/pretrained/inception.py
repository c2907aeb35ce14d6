"""The Inception network of the FID, from torch-fidelity, with weights from a file that the user gives.

Heusel et al., "GANs trained by a two time-scale update rule", arXiv:1706.08500; Szegedy et al., arXiv:1512.00567.
"""

import pickle

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch_fidelity.feature_extractor_inceptionv3 import BasicConv2d, FeatureExtractorInceptionV3

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.frame_extractor import FrameExtractor, Pictures
from kineograph.networks.pretrained.given_file import given_file

OFFICIAL = "weights-inception-2015-12-05-6726825d.pth"
OFFICIAL_SHA256 = "6726825d"  # its first digits


class _Pooled(nn.Module):
    """Frames as 8-bit levels -> the 2048 features before the classifier."""

    def __init__(self, network: FeatureExtractorInceptionV3):
        super().__init__()
        self.network = network

    def forward(self, pictures: Pictures) -> Float[Tensor, "n 2048"]:
        return self.network(pictures.to(torch.uint8))[0]


class Inception(FrameExtractor):
    """2048 features a frame. Only with the official file may a distance on them be called FID or KID.

    Raises UserError where the file is missing or does not hold tensors that fit.
    """

    feature_dim = 2048

    def __init__(self, *, weights: str, expected_sha256: str | None, num_frames: int, batch_size: int):
        source = f"{OFFICIAL} (GitHub, toshas/torch-fidelity, release v0.2.0)"
        instead = "fd_efflite0, kid_efflite0, class_score_efflite0 and prdc_efflite0"
        path = given_file(weights, expected_sha256, "FID, KID, Inception Score and PRDC", source, instead)
        try:
            torch.load(path, map_location="cpu", weights_only=True)  # torch-fidelity itself would unpickle anything
        except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
            raise UserError(f"'{weights}' is not a plain file of tensors and was refused; get {OFFICIAL}") from error
        super().__init__(path, num_frames, batch_size)
        self.load_checked()

    @property
    def name(self) -> str:
        return "inception" if self.sha256.startswith(OFFICIAL_SHA256) else "inception_with_unofficial_weights"

    def load_checked(self) -> None:
        """Weights that do not fit are told now, not after the training."""
        try:
            self.frozen.on(torch.device("cpu"))
        except (RuntimeError, TypeError, AttributeError) as error:
            raise UserError(f"the tensors in '{self.path}' do not fit Inception; get {OFFICIAL}") from error

    def load(self) -> nn.Module:
        network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(self.path))
        for part in network.modules():
            if isinstance(part, BasicConv2d):
                part.conv, part.bn = fuse_conv_bn_eval(part.conv, part.bn), nn.Identity()
        return _Pooled(network).to(memory_format=torch.channels_last)

    def classify(self, features: Float[Tensor, "b t 2048"]) -> Float[Tensor, "b t 1008"]:
        """Without the last bias, as the Inception Score has always been measured."""
        with torch.no_grad():
            return features @ self.frozen.on(features.device).network.fc.weight.T

    def prepare(self, pictures: Pictures) -> Pictures:
        return pictures  # the network resizes by itself, as TensorFlow 1 did
