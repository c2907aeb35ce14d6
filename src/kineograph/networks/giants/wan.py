"""Wan, from text or from a picture and text (Wan team 2025, arXiv:2503.20314)."""

import math
from typing import Any

import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Video
from kineograph.networks.giants.giant import Giant, Latents, Told


class Wan(Giant):
    """Both kinds, with one transformer; those of two experts (boundary_ratio) animate, and are not tuned."""

    classes = ("WanPipeline", "WanImageToVideoPipeline")
    needs_picture = classes[1:]
    part = "transformer"
    channel_axis = 1
    example = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"

    def call(self, told: Told, scale: float) -> dict[str, Any]:
        picture = {} if told.picture is None else {"image": told.picture}
        return {"prompt": told.prompt, "guidance_scale": scale} | picture

    def encode(self, pipeline: Any, video: Video) -> Latents:
        config = pipeline.vae.config
        latents = pipeline.vae.encode(video.transpose(1, 2)).latent_dist.mode().transpose(1, 2)  # b t c h w
        mean, spread = (
            torch.tensor(numbers).view(1, 1, -1, 1, 1).to(latents)
            for numbers in (config.latents_mean, config.latents_std)
        )
        return (latents - mean) / spread

    def lesson(self, video: Any, condition: Any, noise: Any, untold: bool) -> Any:
        if self.pipeline(condition.device).config.boundary_ratio is not None:
            raise UserError(f"'{self.weights}' has an expert for each range of noise; tune one of a single transformer")
        return super().lesson(video, condition, noise, untold)

    def num_parameters(self) -> int:
        second = "transformer_2"  # for the lower levels of noise, where there are two
        of_second = self.outline_of(second).parameters() if (self.folder / second).is_dir() else ()
        return super().num_parameters() + sum(p.numel() for p in of_second)

    def multiple(self, pipeline: Any) -> int:
        return math.lcm(16, pipeline.vae_scale_factor_spatial * pipeline.transformer.config.patch_size[1])

    def stride(self, pipeline: Any) -> int:
        return pipeline.vae_scale_factor_temporal
