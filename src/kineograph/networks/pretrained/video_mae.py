"""VideoMAE, from a folder that the user gives, as features of a whole clip that see more of the motion than I3D's.

Tong et al., arXiv:2203.12602; Ge et al., arXiv:2404.12391 (as the features of a Frechet distance). The folder is
one in which the ``transformers`` package saved a model: config.json and model.safetensors; no code from it is run.
"""

import json

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.frozen import Frozen
from kineograph.core.local_file import local_folder
from kineograph.core.types import Video
from kineograph.networks.pretrained.file_hash import file_hash
from kineograph.networks.pretrained.given_file import given_file

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class _Pooled(nn.Module):
    """Films -> the mean of the last layer's tokens."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, films: Float[Tensor, "b t 3 h w"]) -> Float[Tensor, "b d"]:
        return self.network(pixel_values=films).last_hidden_state.mean(dim=1)


class VideoMAE:
    """As many features a clip as the network is wide; a clip is brought to the network's number of frames and size.

    Raises UserError where a file or the ``transformers`` package is missing, or the folder holds another kind of model.
    """

    name = "videomae"

    def __init__(self, *, folder: str, expected_sha256: str | None, batch_size: int):
        words = ("fvd_videomae", "a transformers model of VideoMAE (config.json, model.safetensors)", "clip_distance")
        self.folder = local_folder(folder)
        self.path = given_file(str(self.folder / "model.safetensors"), expected_sha256, *words)
        settings = json.loads(given_file(str(self.folder / "config.json"), None, *words).read_text())
        if settings.get("model_type") != "videomae":
            raise UserError(f"'{folder}' holds a model of type '{settings.get('model_type')}', not videomae")
        self.feature_dim = int(settings.get("hidden_size", 768))
        self.num_frames = int(settings.get("num_frames", 16))
        self.size = int(settings.get("image_size", 224))
        self.batch_size = batch_size
        self.frozen = Frozen(identity=(self.name, self.sha256), load=self.load)

    @property
    def sha256(self) -> str:
        return file_hash(self.path)

    def load(self) -> nn.Module:
        try:
            from transformers import VideoMAEModel
        except ImportError as error:
            raise UserError("VideoMAE needs the package transformers: pip install transformers") from error
        return _Pooled(VideoMAEModel.from_pretrained(self.folder, local_files_only=True, use_safetensors=True))

    def __call__(self, video: Video) -> Float[Tensor, "b d"]:
        return self.frozen.recall(video, self.features)

    def features(self, video: Video) -> Float[Tensor, "b d"]:
        with torch.no_grad():
            return torch.cat([self.frozen(self.prepare(part)) for part in video.split(self.batch_size)])

    def prepare(self, video: Video) -> Float[Tensor, "b t2 3 h2 w2"]:
        """Frames spread evenly over the clip, at the network's size and colours."""
        places = torch.linspace(0, video.shape[1] - 1, self.num_frames).round().long()
        frames = rearrange(video[:, places].expand(-1, -1, 3, -1, -1), "b t c h w -> (b t) c h w")
        size = (self.size, self.size)
        resized = F.interpolate(frames, size=size, mode="bilinear", align_corners=False, antialias=True)
        mean, spread = (torch.tensor(part, device=video.device)[:, None, None] for part in (MEAN, SPREAD))
        return rearrange(((resized + 1) / 2 - mean) / spread, "(b t) c h w -> b t c h w", b=len(video))
