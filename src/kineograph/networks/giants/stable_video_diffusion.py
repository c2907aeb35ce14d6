"""Stable Video Diffusion: a picture becomes a film (Blattmann et al. 2023, arXiv:2311.15127)."""

import math
from typing import Any

from einops import rearrange

from kineograph.core.types import Video
from kineograph.networks.giants.giant import Giant, Latents, Told


class StableVideoDiffusion(Giant):
    """No text; guidance grows from 1 at the picture to ``scale`` at the last frame."""

    classes = ("StableVideoDiffusionPipeline",)
    needs_picture = classes
    part = "unet"
    channel_axis = 2
    example = "stabilityai/stable-video-diffusion-img2vid-xt"

    def __init__(
        self,
        *,
        weights: str,
        hub: bool,
        dtype: str,
        checkpointing: bool,
        prompt: str,
        num_steps: int,
        scale: float,
        height: int | None,
        width: int | None,
        motion_bucket: int,  # 0 to 255: how much should move
        picture_noise: float,  # added to the picture; more of it, more motion and less likeness
        decoded_frames: int,  # at a time: memory against seams
    ):
        super().__init__(
            weights=weights,
            hub=hub,
            dtype=dtype,
            checkpointing=checkpointing,
            prompt=prompt,
            num_steps=num_steps,
            scale=scale,
            height=height,
            width=width,
        )
        self.motion_bucket = motion_bucket
        self.picture_noise = picture_noise
        self.decoded_frames = decoded_frames

    def call(self, told: Told, scale: float) -> dict[str, Any]:
        return {
            "image": told.picture,
            "max_guidance_scale": scale,
            "fps": max(1, round(told.fps)),
            "motion_bucket_id": self.motion_bucket,
            "noise_aug_strength": self.picture_noise,
            "decode_chunk_size": self.decoded_frames,
        }

    def encode(self, pipeline: Any, video: Video) -> Latents:
        frames = rearrange(video, "b t c h w -> (b t) c h w")
        latents = pipeline.vae.encode(frames).latent_dist.mode() * pipeline.vae.config.scaling_factor
        return rearrange(latents, "(b t) c h w -> b t c h w", b=len(video))

    def multiple(self, pipeline: Any) -> int:
        return math.lcm(8, pipeline.vae_scale_factor * 2 ** (len(pipeline.unet.config.block_out_channels) - 1))
