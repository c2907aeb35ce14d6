"""Distance of films in the feature maps of a frozen network (Johnson et al. 2016, arXiv:1603.08155, equation 2, on
features of length 1 as in Zhang et al. 2018, arXiv:1801.03924, equation 1 with w = 1)."""

from collections.abc import Callable

import torch
from einops import rearrange
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn, Video


class Perceptual:
    """Mean over maps of the mean squared distance a place; gradients flow to the film, never to the network.

    ``backbone`` answers feature maps of single frames (n 3 h w in [-1, 1]). Raises UserError for films that are neither
    grey nor colour.
    """

    def __init__(self, *, backbone: Callable[[Tensor], list[Tensor]]):
        self.backbone = backbone

    def __call__(self, turn: Turn) -> Scalar:
        if turn.fake.shape[2] not in (1, 3):
            raise UserError(
                f"the loss perceptual looks at pictures, and these have {turn.fake.shape[2]} channels: leave it out of "
                "animator/losses, or choose animator/codec=identity"
            )
        with torch.no_grad():
            wanted = self.maps(turn.real)
        apart = [(fake - real).square().sum(dim=1).mean() for fake, real in zip(self.maps(turn.fake), wanted)]
        return torch.stack(apart).mean()

    def maps(self, video: Video) -> list[Tensor]:
        """Each place's features, of length 1."""
        frames = rearrange(video.expand(-1, -1, 3, -1, -1), "b t c h w -> (b t) c h w")
        return [seen / seen.norm(dim=1, keepdim=True).clamp(min=1e-6) for seen in self.backbone(frames)]
