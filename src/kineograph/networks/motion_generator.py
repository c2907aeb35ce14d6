"""The quickstart's generator: noise and picture -> motion latents in one pass; the codec warps the picture by them.

The denoiser's trunk, asked for the latents at once; content and motion codes after Tulyakov et al. 2018, "MoCoGAN"
(arXiv 1707.04993), section 3.
"""

from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.networks.blocks.clip_transformer import ClipTransformer


class MotionGenerator(nn.Module):
    """A generator (protocols.Generator) of a codec's latents. The condition is in their size (``encode_condition``)."""

    def __init__(
        self,
        *,
        channels: int,  # of the latents
        known_channels: int,  # of the condition's folded picture
        content_dim: int,
        frames_a_token: int,
        num_classes: int,
        dim: int,
        depth: int,
        num_heads: int,
    ):
        super().__init__()
        self.channels = channels
        self.content_dim = content_dim
        self.trunk = ClipTransformer(
            channels=channels,
            known_channels=known_channels,
            frame_dim=content_dim,
            frames_a_token=frames_a_token,
            num_classes=num_classes,
            dim=dim,
            depth=depth,
            num_heads=num_heads,
        )

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        shape = (condition.num_frames, self.channels, *condition.size)
        return Codes(noise.normal(self.content_dim), noise.normal(*shape))  # one draw a latent cell

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        content = latent.content[:, None].expand(-1, condition.num_frames, -1)
        return Generated(self.trunk(latent.motion, content, condition), {})
