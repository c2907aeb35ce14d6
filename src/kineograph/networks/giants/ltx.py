"""LTX-Video, from text or from a picture and text (HaCohen et al. 2025, arXiv:2501.00103)."""

import math
from typing import Any

from torch import Tensor

from kineograph.core.types import Video
from kineograph.networks.giants.giant import Giant, Latents, Told


class Ltx(Giant):
    """Both kinds; latents are a row of tokens, those of a given picture are never noisy."""

    classes = ("LTXPipeline", "LTXImageToVideoPipeline")
    needs_picture = classes[1:]
    part = "transformer"
    channel_axis = 2
    example = "Lightricks/LTX-Video"

    def call(self, told: Told, scale: float) -> dict[str, Any]:
        picture = {} if told.picture is None else {"image": told.picture}
        return {"prompt": told.prompt, "guidance_scale": scale, "frame_rate": max(1, round(told.fps))} | picture

    def encode(self, pipeline: Any, video: Video) -> Latents:
        vae = pipeline.vae
        latents = vae.encode(video.transpose(1, 2)).latent_dist.mode()  # b c t h w
        mean, spread = (numbers.view(1, -1, 1, 1, 1).to(latents) for numbers in (vae.latents_mean, vae.latents_std))
        return ((latents - mean) * vae.config.scaling_factor / spread).transpose(1, 2)

    def native(self, pipeline: Any, latents: Video) -> Tensor:
        return pipeline._pack_latents(latents.transpose(1, 2), *self._patch(pipeline))

    def plain(self, pipeline: Any, latents: Tensor, like: Video) -> Video:
        t, (h, w) = like.shape[1], like.shape[3:]
        return pipeline._unpack_latents(latents, t, h, w, *self._patch(pipeline)).transpose(1, 2)

    def multiple(self, pipeline: Any) -> int:
        return math.lcm(32, pipeline.vae_spatial_compression_ratio)

    def stride(self, pipeline: Any) -> int:
        return pipeline.vae_temporal_compression_ratio

    def _patch(self, pipeline: Any) -> tuple[int, int]:
        return pipeline.transformer_spatial_patch_size, pipeline.transformer_temporal_patch_size
