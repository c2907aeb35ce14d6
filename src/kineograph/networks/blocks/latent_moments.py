"""Keeps a codec's latents at mean 0 and variance 1, channel by channel ("latent diffusion", Rombach et al. 2022,
arXiv:2112.10752, appendix G: the scale is measured, not learned)."""

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition

Latents = Float[Tensor, "b t k y x"]  # on a grid of their own
MEMORY = 100  # training batches that the latents' moments remember


class LatentMoments(nn.Module):
    """The part of a codec that knows its latents' moments; ``observe`` is called while the codec learns."""

    def __init__(self, *, latent_channels: int):
        super().__init__()
        self.latent_channels = latent_channels
        self.register_buffer("mean", torch.zeros(latent_channels))
        self.register_buffer("std", torch.ones(latent_channels))
        self.register_buffer("num_observed", torch.zeros(()))

    @torch.no_grad()
    def observe(self, latents: Latents, condition: Condition) -> None:
        """Takes the moments of raw latents of unknown frames into account; every rank sees all ranks'."""
        unknown = 1 - condition.mask.amax(dim=(2, 3, 4))[:, :, None, None, None].ceil()  # b t 1 1 1
        cells = unknown.sum() * latents.shape[-2] * latents.shape[-1]
        sums = torch.stack([latents * unknown, latents.square() * unknown]).sum(dim=(1, 2, 4, 5))  # 2 k
        counted = torch.cat([sums.flatten(), cells[None]])
        if dist.is_available() and dist.is_initialized():
            dist.all_reduce(counted)
        if counted[-1] == 0:  # all frames had something given
            return
        moments = (counted[:-1] / counted[-1].clamp(min=1)).view_as(sums)
        self.num_observed += 1
        share = 1 / self.num_observed.clamp(max=MEMORY)
        square = torch.lerp(self.std.square() + self.mean.square(), moments[1], share)
        self.mean.lerp_(moments[0], share)
        self.std.copy_((square - self.mean.square()).clamp(min=1e-6).sqrt())

    def normalise(self, latents: Latents) -> Latents:
        return (latents - self.mean[:, None, None]) / self.std[:, None, None]

    def raw(self, latents: Latents) -> Latents:
        """Back from ``normalise``."""
        return latents * self.std[:, None, None] + self.mean[:, None, None]
