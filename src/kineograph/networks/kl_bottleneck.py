"""Latents as a bell around a mean (Kingma and Welling 2014, arXiv:1312.6114, eq. 10)."""

from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.random import Noise

Latents = Float[Tensor, "b t k y x"]
Features = Float[Tensor, "b t _ y x"]

BIRTH = -6.0  # of the log variance: a decoder that hears but noise at first learns to ignore the latents


class KlBottleneck(nn.Module):
    """The encoder answers mean and logarithm of the variance; no parameters."""

    def num_features(self, latent_channels: int) -> int:
        """What the encoder answers a place."""
        return 2 * latent_channels

    def mean(self, features: Features) -> Latents:
        """The latents without chance."""
        return features.chunk(2, dim=2)[0]

    def draw(self, features: Features, noise: Noise) -> tuple[Latents, dict[str, Tensor]]:
        """Latents for training, and what their loss needs."""
        mean, log_variance = features.chunk(2, dim=2)
        log_variance = (log_variance + BIRTH).clamp(-30, 20)
        drawn = mean + (log_variance / 2).exp() * noise.normal(*mean.shape[1:]).to(mean)
        return drawn, {"latents": mean, "log_variance": log_variance}

    def settle(self, latents: Latents) -> Latents:
        """What the decoder sees of latents that were generated: the same."""
        return latents
