"""AnimateDiff: motion modules in a text-to-image model (Guo et al. 2023, arXiv:2307.04725).

Text only; known frames and regions are put back at every step.
"""

import math
from typing import Any

from einops import rearrange

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Video
from kineograph.networks.giants.giant import Giant, Latents, Told


class AnimateDiff(Giant):
    """A motion adapter and its text-to-image model, saved together (docs/pretrained.md). At most 32 frames a window."""

    classes = ("AnimateDiffPipeline",)
    needs_picture = ()
    part = "unet"
    channel_axis = 1
    example = "guoyww/animatediff-motion-adapter-v1-5-3"

    def call(self, told: Told, scale: float) -> dict[str, Any]:
        return {"prompt": told.prompt, "guidance_scale": scale}

    def told(self, pipeline: Any, condition: Condition) -> Told:
        most = pipeline.unet.config.motion_max_seq_length
        if condition.num_frames > most:
            raise UserError(
                f"AnimateDiff makes at most {most} frames at once, not {condition.num_frames}; longer films come from "
                "animator/rollout=overlap animator.rollout.num_frames=16"
            )
        return super().told(pipeline, condition)

    def encode(self, pipeline: Any, video: Video) -> Latents:
        frames = rearrange(video, "b t c h w -> (b t) c h w")
        latents = pipeline.vae.encode(frames).latent_dist.mode() * pipeline.vae.config.scaling_factor
        return rearrange(latents, "(b t) c h w -> b t c h w", b=len(video))

    def multiple(self, pipeline: Any) -> int:
        return math.lcm(8, pipeline.vae_scale_factor * 2 ** (len(pipeline.unet.config.block_out_channels) - 1))
