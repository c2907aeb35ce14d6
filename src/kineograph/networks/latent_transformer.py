"""The quickstart's denoiser: a transformer over the codec's motion latents.

Peebles and Xie 2023, "Scalable Diffusion Models with Transformers" (adaLN-Zero), over latents as in
Ni et al. 2023, "Conditional Image-to-Video Generation with Latent Flow Diffusion Models", section 3.2.
"""

from torch import nn

from kineograph.core.types import Condition, Level, Video
from kineograph.networks.blocks.clip_transformer import ClipTransformer
from kineograph.networks.blocks.fourier import fourier

LEVEL_FEATURES = 16


class LatentTransformer(nn.Module):
    """A denoiser (protocols.Denoiser). The condition has the latents' size (``codec.encode_condition``).

    Levels may differ from frame to frame. What the output means is the process's business; it starts at zero.
    """

    def __init__(
        self,
        *,
        channels: int,  # of the latents
        known_channels: int,  # of the condition's folded picture
        frames_a_token: int,
        num_classes: int,
        dim: int,
        depth: int,
        num_heads: int,
    ):
        super().__init__()
        self.trunk = ClipTransformer(
            channels=channels,
            known_channels=known_channels,
            frame_dim=LEVEL_FEATURES,
            frames_a_token=frames_a_token,
            num_classes=num_classes,
            dim=dim,
            depth=depth,
            num_heads=num_heads,
        )
        nn.init.zeros_(self.trunk.leave.weight)
        nn.init.zeros_(self.trunk.leave.bias)

    def forward(self, noisy: Video, level: Level, condition: Condition) -> Video:
        if level.ndim == 1:
            level = level[:, None].expand(-1, noisy.shape[1])
        return self.trunk(noisy, fourier(level, LEVEL_FEATURES, 4.0), condition)
