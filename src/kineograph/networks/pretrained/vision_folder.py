"""CLIP's and DINOv2's picture towers, from a folder that the user gives, as features of single frames.

Radford et al., arXiv:2103.00020; Oquab et al., arXiv:2304.07193. The folder is the one in which the ``transformers``
package saves a model: config.json and model.safetensors; no code from the folder is run.
"""

import json

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_folder
from kineograph.networks.pretrained.frame_extractor import FrameExtractor, Pictures
from kineograph.networks.pretrained.given_file import given_file

CLIP_COLOURS = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
IMAGENET_COLOURS = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class _Embedded(nn.Module):
    """Pictures -> CLIP's projected embedding, or DINOv2's class token."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, pictures: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        answer = self.network(pixel_values=pictures)
        return answer["image_embeds"] if "image_embeds" in answer else answer["pooler_output"]


class VisionFolder(FrameExtractor):
    """Features a frame at the network's own size; CLIP (also a whole one) or DINOv2, as config.json says.

    Raises UserError where the folder, a file in it or the ``transformers`` package is missing.
    """

    def __init__(
        self,
        *,
        folder: str,
        expected_sha256: str | None,
        needed_by: str,
        instead: str,
        num_frames: int,
        batch_size: int,
    ):
        place = local_folder(folder)
        source = "a transformers model of CLIP or DINOv2 (config.json, model.safetensors)"
        weights = given_file(str(place / "model.safetensors"), expected_sha256, needed_by, source, instead)
        settings = json.loads(given_file(str(place / "config.json"), None, needed_by, source, instead).read_text())
        self.kind = str(settings.get("model_type"))
        vision = settings.get("vision_config", settings)
        if self.kind in ("clip", "clip_vision_model"):
            self.feature_dim, self.colours = int(settings.get("projection_dim", 512)), CLIP_COLOURS
        elif self.kind == "dinov2":
            self.feature_dim, self.colours = int(settings.get("hidden_size", 768)), IMAGENET_COLOURS
        else:
            raise UserError(f"'{folder}' holds a model of type '{self.kind}'; known: clip, clip_vision_model, dinov2")
        self.folder = place
        # DINOv2 was trained at 518 pixels and is measured at 224 (Stein et al., arXiv:2306.04675, appendix B)
        self.size = 224 if self.kind == "dinov2" else int(vision.get("image_size", 224))
        super().__init__(weights, num_frames, batch_size, self.size)

    @property
    def name(self) -> str:
        return self.kind.removesuffix("_vision_model")

    def load(self) -> nn.Module:
        try:
            import transformers
        except ImportError as error:
            raise UserError("CLIP and DINOv2 need the package transformers: pip install transformers") from error
        names = {"dinov2": "Dinov2Model"}
        loader = getattr(transformers, names.get(self.kind, "CLIPVisionModelWithProjection"))
        return _Embedded(loader.from_pretrained(self.folder, local_files_only=True, use_safetensors=True))

    def prepare(self, pictures: Pictures) -> Float[Tensor, "n 3 h2 w2"]:
        size = (self.size, self.size)
        resized = F.interpolate(pictures, size=size, mode="bicubic", align_corners=False, antialias=True)
        mean, spread = (torch.tensor(part, device=pictures.device)[:, None, None] for part in self.colours)
        return (resized.clamp(0, 255) / 255 - mean) / spread
