"""The quickstart's generator: noise and picture -> motion latents -> film, in one pass.

Ours: the denoiser's trunk, asked for the latents at once, in front of the shared warp decoder; content and motion
codes after Tulyakov et al. 2018, "MoCoGAN", section 3.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Generated, Video
from kineograph.networks.blocks.clip_transformer import ClipTransformer
from kineograph.networks.motion_codec import MotionCodec


class MotionLatent(NamedTuple):
    """What the generator draws for one film, standard normal."""

    content: Float[Tensor, "b d"]  # of the whole film
    motion: Video  # b t k h' w', one draw a latent cell


class WarpGenerator(nn.Module):
    """A generator (protocols.Generator) around a codec, whose decoder it drives.

    The codec is trained by reconstruction (``codec.reconstruct``), the rest by the judges.
    """

    def __init__(
        self,
        *,
        codec: MotionCodec,
        known_channels: int,  # of the codec's folded picture
        content_dim: int,
        frames_a_token: int,
        num_classes: int,
        dim: int,
        depth: int,
        num_heads: int,
    ):
        super().__init__()
        self.codec = codec
        self.content_dim = content_dim
        self.trunk = ClipTransformer(
            channels=codec.latent_channels,
            known_channels=known_channels,
            frame_dim=content_dim,
            frames_a_token=frames_a_token,
            num_classes=num_classes,
            dim=dim,
            depth=depth,
            num_heads=num_heads,
        )

    def sample_latent(self, condition: Condition, noise: Noise) -> MotionLatent:
        return MotionLatent(noise.normal(self.content_dim), noise.normal(*self.codec.latent_shape(condition)))

    def forward(self, condition: Condition, latent: MotionLatent) -> Generated:
        content = latent.content[:, None].expand(-1, condition.num_frames, -1)
        latents = self.trunk(latent.motion, content, self.codec.encode_condition(condition))
        return self.codec.generate(latents, condition)
