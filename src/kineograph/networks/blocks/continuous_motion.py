"""A motion vector at any moment, from codes along the time line (Skorokhodov et al. 2022, "StyleGAN-V",
arXiv 2112.14683, section 3.1)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.random import Noise
from kineograph.core.types import Times

KERNEL = 11
CONTEXT = 2 * (KERNEL - 1)  # codes that two unpadded convolutions use up


class ContinuousMotion(nn.Module):
    """Codes stand every ``distance`` seconds; between two of them runs a wave that vanishes at both.

    Phase and period have no bias, so that no clock is common to all films (motion would collapse to it). Waves count
    their time from the code before, so a film never ends and its moments cost alike.
    """

    def __init__(
        self,
        *,
        motion_dim: int,  # a multiple of 16 keeps the beginning of a film that is prolonged
        num_waves: int,
        distance: float | int,  # seconds between codes
        shortest: float | int,  # period in seconds
        longest: float | int,
    ):
        super().__init__()
        self.motion_dim = motion_dim
        self.distance = distance
        self.mix = nn.Sequential(
            nn.Conv1d(motion_dim, motion_dim, KERNEL), nn.LeakyReLU(0.2), nn.Conv1d(motion_dim, motion_dim, KERNEL)
        )
        self.period = nn.Linear(motion_dim, num_waves, bias=False)
        self.phase = nn.Linear(motion_dim, num_waves, bias=False)
        self.amplitude = nn.Linear(motion_dim, num_waves)
        self.still = nn.Linear(motion_dim, 2 * num_waves, bias=False)
        self.leave = nn.Linear(2 * num_waves, motion_dim)
        # Every layer keeps the size of what comes in, or motion would be a small fraction of the content.
        for layer in [part for part in self.modules() if isinstance(part, nn.Conv1d | nn.Linear)]:
            nn.init.normal_(layer.weight, std=layer.weight[0].numel() ** -0.5)
        nn.init.ones_(self.amplitude.bias)
        periods = torch.logspace(math.log2(longest), math.log2(shortest), num_waves, base=2)  # evenly in octaves
        self.register_buffer("frequencies", 2 * math.pi / periods, persistent=False)

    def draw(self, times: Times, noise: Noise) -> Float[Tensor, "b n e"]:
        """Codes for films that last as long as the longest of these."""
        seconds = float((times - times[:, :1]).max())
        return noise.normal(math.floor(seconds / self.distance) + 2 + CONTEXT, self.motion_dim)

    def forward(self, codes: Float[Tensor, "b n e"], times: Times) -> Float[Tensor, "b t e"]:
        """The vector at each moment, in seconds from the film's beginning (the first of ``times``)."""
        mixed = self.mix(codes.transpose(1, 2)).transpose(1, 2)  # b n-20 e
        place = ((times - times[:, :1]) / self.distance).to(codes)
        left = place.floor().long().clamp(0, mixed.shape[1] - 2)  # b t
        share = (place - left)[..., None]  # b t 1
        index = left[..., None].expand(-1, -1, mixed.shape[2])
        before, after = mixed.gather(1, index), mixed.gather(1, index + 1)  # b t e
        here = self.wave(before, share)
        ends = torch.lerp(self.wave(before, torch.zeros_like(share)), self.wave(before, torch.ones_like(share)), share)
        still = torch.lerp(self.still(before).to(share), self.still(after).to(share), share)  # autocast or not
        return self.leave(here - ends + still)

    def wave(self, code: Float[Tensor, "b t e"], share: Float[Tensor, "b t 1"]) -> Float[Tensor, "b t w"]:
        """Sines and cosines of the time since the code before, as this code shapes them."""
        seconds = share * self.distance
        angle = self.frequencies * (1 + self.period(code).tanh()) * seconds + self.phase(code)
        amplitude = self.amplitude(code)
        return torch.cat([amplitude * angle.sin(), amplitude * angle.cos()], dim=-1)
