"""Latents that are words of a code book (van den Oord et al. 2017, "Neural Discrete Representation Learning",
arXiv:1711.00937, equations 1 to 3), one learned linear map of a fixed random book ("SimVQ", Zhu et al. 2024,
arXiv:2411.02038, section 3.2): all words move together, so none is left behind unused. What is generated are the
latents before they are rounded to words (arXiv:2112.10752, section 3.1)."""

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn

from kineograph.core.random import Noise

Latents = Float[Tensor, "b t k y x"]

BIRTH = 0.1  # scale of the words: among large ones the smallest is nearest to all latents, and they collapse onto it


class VqBottleneck(nn.Module):
    """A book of ``num_codes`` words; the gradient passes the rounding as if it were none."""

    def __init__(self, *, num_codes: int, code_dim: int):
        super().__init__()
        self.register_buffer("book", torch.randn(num_codes, code_dim))
        self.move = nn.Linear(code_dim, code_dim, bias=False)
        self.move.weight.data = BIRTH * torch.eye(code_dim)

    def num_features(self, latent_channels: int) -> int:
        """What the encoder answers a place."""
        return latent_channels

    def mean(self, features: Latents) -> Latents:
        """The latents without chance, not yet rounded."""
        return features

    def draw(self, features: Latents, noise: Noise) -> tuple[Latents, dict[str, Tensor]]:
        """The nearest words, through which the gradient reaches the features, and what the book's loss needs."""
        words = self.settle(features)
        return features + (words - features).detach(), {"latents": features, "words": words}

    def settle(self, latents: Latents) -> Latents:
        """The nearest word at every place."""
        return rearrange(self.move(self.book[self.index(latents)]), "b t y x k -> b t k y x")

    def index(self, latents: Latents) -> Int[Tensor, "b t y x"]:
        """Which word is nearest."""
        places = rearrange(latents.detach(), "b t k y x -> (b t y x) k")
        book = self.move(self.book).detach()
        apart = book.square().sum(dim=1) - 2 * places @ book.T  # less the place's own square
        return rearrange(
            apart.argmin(dim=1), "(b t y x) -> b t y x", b=len(latents), t=latents.shape[1], y=latents.shape[3]
        )
