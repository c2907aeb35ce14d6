"""The codec of the quickstarts: a film given its picture <-> motion latents on a small grid.

Ni et al. 2023, "Latent Flow Diffusion Models", section 3.1 (stage one); the latents are kept small and the decoder
robust as in a variational autoencoder of fixed width (Kingma and Welling 2014, eq. 10, sigma held constant).
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Generated, Video
from kineograph.core.warp import nearest_known, resize, resize_mask
from kineograph.networks.blocks.latent_moments import LatentMoments, Latents
from kineograph.networks.blocks.residual import Residual
from kineograph.networks.warp_decoder import WarpDecoder

FOLD = 4  # one latent cell is this many working pixels wide


class MotionCodec(LatentMoments):
    """A codec (protocols.Codec). Latents (b t k h' w') have about unit variance once ``observe`` has seen some.

    Encodes at ``height`` x ``width``, decodes at the condition's own size. Raises UserError unless both are multiples
    of 4.
    """

    def __init__(
        self,
        *,
        channels: int,
        latent_channels: int,
        height: int,
        width: int,
        dim: int,  # width of the encoder at the half size
        decoder_dim: int,  # width of the decoder at the full size
        latent_noise: float,  # standard deviation of the noise the decoder learns to bear
    ):
        super().__init__(latent_channels=latent_channels)
        if height % FOLD or width % FOLD:
            raise UserError(f"animator.codec: height={height} and width={width} must be multiples of {FOLD}")
        self.channels = channels
        self.size = (height, width)
        self.latent_noise = latent_noise
        self.encoder = nn.Sequential(
            nn.Conv2d((2 * channels + 1) * 4, dim, 3, padding=1),
            Residual(dim=dim),
            nn.SiLU(),
            nn.Conv2d(dim, 2 * dim, 3, stride=2, padding=1),
            Residual(dim=2 * dim),
            nn.SiLU(),
            nn.Conv2d(2 * dim, latent_channels, 3, padding=1),
        )
        self.decoder = WarpDecoder(
            channels=channels, latent_channels=latent_channels, height=height, width=width, dim=decoder_dim
        )

    def latent_shape(self, condition: Condition) -> tuple[int, int, int, int]:
        height, width = self.size
        return condition.num_frames, self.latent_channels, height // FOLD, width // FOLD

    def encode(self, video: Video, condition: Condition) -> Latents:
        return self.normalise(self._motion(video, condition))

    def decode(self, latents: Latents, condition: Condition) -> Video:
        return self.generate(latents, condition).video

    def generate(self, latents: Latents, condition: Condition) -> Generated:
        """``decode`` with the flow and the gate."""
        return self.decoder(latents, condition)

    def reconstruct(self, video: Video, condition: Condition, noise: Noise) -> Generated:
        """There and back, for training, minding the latents' moments; ``extras['latents']`` are not normalised."""
        latents = self._motion(video, condition)
        self.observe(latents.detach(), condition)
        noisy = self.normalise(latents) + self.latent_noise * noise.normal(*latents.shape[1:])
        film, extras = self.decoder(noisy, condition)
        return Generated(film, {**extras, "latents": latents})

    def encode_condition(self, condition: Condition) -> Condition:
        """Known pictures folded, pixels into channels, to the latents' grid; the mask averaged over each cell."""
        known = rearrange(resize(condition.known, self.size), "b t c (h i) (w j) -> b t (c i j) h w", i=FOLD, j=FOLD)
        return condition._replace(known=known, mask=resize_mask(condition.mask, (known.shape[-2], known.shape[-1])))

    def project(self, latents: Latents, condition: Condition) -> Latents:
        """Nothing moves where a picture is given, and latents are changes: their mean, 0, stands for none."""
        return torch.where(condition.mask >= 1, 0, latents)

    def _motion(self, video: Video, condition: Condition) -> Latents:
        """Raw latents: what became of the source in each frame."""
        source = resize(nearest_known(condition), self.size)
        mask = resize_mask(nearest_known(condition._replace(known=condition.mask)), self.size)
        change = resize(video, self.size) - source
        x = rearrange(torch.cat([change, source, mask], dim=2), "b t c h w -> (b t) c h w")
        x = F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)  # (b t) 4c h/2 w/2
        return rearrange(self.encoder(x), "(b t) k h w -> b t k h w", t=video.shape[1])
