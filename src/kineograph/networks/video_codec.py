"""A video autoencoder: films <-> latents on a smaller grid, frame by frame or causal in time.

Rombach et al. 2022, "Latent Diffusion", arXiv:2112.10752, section 3.1; causal in time as in Yu et al. 2023,
"MAGVIT-v2", arXiv:2310.05737, section 3.2. Lean on a CPU: no attention, and no normalisation, which would look ahead.
"""

from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Generated, Video
from kineograph.core.warp import resize
from kineograph.networks.blocks.causal_conv import CausalConv
from kineograph.networks.blocks.causal_residual import CausalResidual
from kineograph.networks.blocks.latent_frames import filled, grouped, num_latent_frames, told
from kineograph.networks.blocks.latent_moments import LatentMoments

Latents = Float[Tensor, "b u k y x"]  # as many frames as ``time_strides`` leave


class VideoCodec(LatentMoments):
    """A trainable codec (protocols.TrainableCodec) of ``len(dims) - 1`` halvings of height and width.

    Encodes at ``height`` x ``width``, decodes at the condition's own size. Nothing that is encoded or decoded depends
    on later frames, except those that ``time_strides`` put into the same frame of latents. Raises UserError for a size
    that cannot be halved so often and for strides that a kernel of one frame cannot take.
    """

    def __init__(
        self,
        *,
        channels: int,
        latent_channels: int,
        height: int,
        width: int,
        dims: list[int],  # features at each size, fine to coarse
        num_blocks: int,  # at each size, on the way down and on the way up
        time_kernel: int,  # frames that a convolution sees; 1: every frame is coded alone
        time_strides: list[int],  # of each halving
        bottleneck: nn.Module,  # kl or vq
    ):
        super().__init__(latent_channels=latent_channels)
        fold = 2 ** (len(dims) - 1)
        if height % fold or width % fold:
            raise UserError(f"codec: {height}x{width} cannot be halved {len(dims) - 1} times")
        if len(time_strides) != len(dims) - 1 or (time_kernel == 1 and max(time_strides, default=1) > 1):
            raise UserError(
                f"codec.time_strides={time_strides}: one for each halving ({len(dims) - 1}), all 1 where time_kernel=1"
            )
        self.size = (height, width)
        self.grid = (height // fold, width // fold)
        self.alone = time_kernel == 1
        self.time_stride = 1
        steps = list(zip(pairwise(dims), time_strides, strict=True))
        encoder: list[nn.Module] = [CausalConv(channels, dims[0], time_kernel=time_kernel)]
        for (fine, coarse), stride in steps:
            encoder += [CausalResidual(dim=fine, time_kernel=time_kernel) for _ in range(num_blocks)]
            encoder += [CausalConv(fine, coarse, time_kernel=time_kernel, time_stride=stride, stride=2)]
            self.time_stride *= stride
        encoder += [CausalResidual(dim=dims[-1], time_kernel=time_kernel) for _ in range(num_blocks)]
        features = bottleneck.num_features(latent_channels)
        self.encoder = nn.Sequential(*encoder, nn.SiLU(), CausalConv(dims[-1], features, time_kernel=time_kernel))
        self.bottleneck = bottleneck
        decoder: list[nn.Module] = [CausalConv(latent_channels, dims[-1], time_kernel=time_kernel)]
        decoder += [CausalResidual(dim=dims[-1], time_kernel=time_kernel) for _ in range(num_blocks)]
        for (fine, coarse), stride in reversed(steps):
            decoder += [_Longer(stride), CausalConv(coarse, fine, time_kernel=time_kernel)]
            decoder += [CausalResidual(dim=fine, time_kernel=time_kernel) for _ in range(num_blocks)]
        self.decoder = nn.Sequential(*decoder, nn.SiLU(), CausalConv(dims[0], channels, time_kernel=time_kernel))

    def latent_shape(self, condition: Condition) -> tuple[int, int, int, int]:
        return num_latent_frames(condition.num_frames, self.time_stride), self.latent_channels, *self.grid

    def encode(self, video: Video, condition: Condition) -> Latents:
        return self.normalise(self.bottleneck.mean(self._features(video)))

    def decode(self, latents: Latents, condition: Condition) -> Video:
        return self._film(self.bottleneck.settle(self.raw(latents)), condition)

    def reconstruct(self, video: Video, condition: Condition, noise: Noise) -> Generated:
        """There and back, for training, minding the latents' moments; ``extras`` are the bottleneck's."""
        latents, extras = self.bottleneck.draw(self._features(video), noise)
        self.observe(extras["latents"].detach(), condition._replace(mask=grouped(condition.mask, self.time_stride)))
        return Generated(self._film(latents, condition), extras)

    def encode_condition(self, condition: Condition) -> Condition:
        """Given frames as latents. A causal codec's latents of a film's beginning are those of the whole film."""
        return told(condition, partial(self.encode, condition=condition), self.time_stride, self.alone)

    def project(self, latents: Latents, condition: Condition) -> Latents:
        return torch.where(condition.mask >= 1, condition.known, latents)

    def _features(self, video: Video) -> Float[Tensor, "b _ _ _ _"]:
        x = rearrange(filled(resize(video, self.size), self.time_stride), "b t c h w -> b c t h w")
        return rearrange(self.encoder(x), "b k t h w -> b t k h w")

    def _film(self, latents: Latents, condition: Condition) -> Video:
        film = rearrange(self.decoder(rearrange(latents, "b t k h w -> b k t h w")), "b c t h w -> b t c h w")
        return resize(film[:, : condition.num_frames], condition.size)


class _Longer(nn.Module):
    """Twice the height and width, and every frame but the first ``stride`` times."""

    def __init__(self, stride: int):
        super().__init__()
        self.stride = stride

    def forward(self, x: Float[Tensor, "b d t h w"]) -> Float[Tensor, "b d _ _ _"]:
        x = F.interpolate(x, scale_factor=(self.stride, 2.0, 2.0), mode="nearest")
        return x[:, :, self.stride - 1 :]
