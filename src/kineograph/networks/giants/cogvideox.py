"""CogVideoX, from text or from a picture and text (Yang et al. 2024, arXiv:2408.06072)."""

import math
from typing import Any

import torch

from kineograph.core.types import Video
from kineograph.networks.giants.giant import Giant, Latents, Told


class Cogvideox(Giant):
    """Both kinds; a causal codec of four frames a latent, the first frame alone."""

    classes = ("CogVideoXPipeline", "CogVideoXImageToVideoPipeline")
    needs_picture = classes[1:]
    part = "transformer"
    channel_axis = 2
    example = "zai-org/CogVideoX-5b-I2V"

    def call(self, told: Told, scale: float) -> dict[str, Any]:
        picture = {} if told.picture is None else {"image": told.picture}
        return {"prompt": told.prompt, "guidance_scale": scale} | picture

    def encode(self, pipeline: Any, video: Video) -> Latents:
        latents = pipeline.vae.encode(video.transpose(1, 2)).latent_dist.mode().transpose(1, 2)
        latents = latents * pipeline.vae_scaling_factor_image  # invert_scale_latents is of the picture told alone
        together = pipeline.transformer.config.patch_size_t or 1
        before = -latents.shape[1] % together  # the pipeline fills up in front, and drops it at the end
        return torch.cat([latents[:, :1].expand(-1, before, -1, -1, -1), latents], dim=1)

    def multiple(self, pipeline: Any) -> int:
        return math.lcm(8, pipeline.vae_scale_factor_spatial * pipeline.transformer.config.patch_size)

    def stride(self, pipeline: Any) -> int:
        return pipeline.vae_scale_factor_temporal
