"""I3D as TorchScript, from a file that the user gives: the features of the FVD.

Carreira and Zisserman, arXiv:1705.07750; Unterthiner et al., arXiv:1812.01717; the port of universome/fvd-comparison,
which agrees with the original to 1e-6 (400 logits; it resizes to 224 x 224 by itself).
"""

from pathlib import Path

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.frozen import Frozen
from kineograph.core.types import Video
from kineograph.networks.pretrained.file_hash import file_hash
from kineograph.networks.pretrained.given_file import given_file

SHORTEST = 9  # frames that the network needs at least


class _Scripted(nn.Module):
    """Films as 8-bit levels -> logits, with the arguments that the FVD has always used."""

    def __init__(self, network: torch.jit.ScriptModule):
        super().__init__()
        self.network = network

    def forward(self, films: Float[Tensor, "b 3 t h w"]) -> Float[Tensor, "b d"]:
        return self.network(films, rescale=True, resize=True, return_features=True)


class I3D:
    """400 features a clip. TorchScript is a program: only the file of the expected hash is run, unless told otherwise.

    Raises UserError where the file is missing, another one or no TorchScript, and for clips below nine frames.
    """

    name = "i3d"
    feature_dim = 400

    def __init__(self, *, weights: str, expected_sha256: str | None, batch_size: int):
        source = "i3d_torchscript.pt (StyleGAN-V's and universome/fvd-comparison's)"
        self.path: Path = given_file(weights, expected_sha256, "FVD and KVD", source, "clip_distance")
        self.batch_size = batch_size
        self.frozen = Frozen(identity=(self.name, self.sha256), load=self.load)

    @property
    def sha256(self) -> str:
        return file_hash(self.path)

    def load(self) -> nn.Module:
        try:
            return _Scripted(torch.jit.load(self.path, map_location="cpu"))
        except RuntimeError as error:
            raise UserError(f"'{self.path}' is not a TorchScript file; get i3d_torchscript.pt") from error

    def __call__(self, video: Video) -> Float[Tensor, "b 400"]:
        if video.shape[1] < SHORTEST:
            raise UserError(
                f"FVD looks at {SHORTEST} frames or more and the clips have {video.shape[1]}: "
                "raise protocol.num_frames, or use clip_distance"
            )
        return self.frozen.recall(video, self.features)

    def features(self, video: Video) -> Float[Tensor, "b 400"]:
        coloured = video.expand(-1, -1, 3, -1, -1)
        levels = rearrange(((coloured + 1) * 127.5).round().clamp(0, 255), "b t c h w -> b c t h w")
        with torch.no_grad():
            return torch.cat([self.frozen(part) for part in levels.split(self.batch_size)])

    def classify(self, features: Float[Tensor, "b 400"]) -> Float[Tensor, "b 400"]:
        """The classes of Kinetics: its features are its logits."""
        return features
