"""Painting over a given picture that moves: films = m * painted + (1 - m) * warped (Wang et al. 2018, "vid2vid",
arXiv 1808.06601, equation 4; its still form, a foreground painted on a background, is VGAN's, arXiv 1609.02612)."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Video
from kineograph.core.warp import keep_known, resize, shown, warp

BEGIN = -2.0  # the mask's logit at first: a film begins as the still picture with an eighth painted
REACH = 0.1  # pictures that a step of 1 moves by
SMOOTH = 4  # pixels a side that move as one, before their flows are joined bilinearly


class PaintOver(nn.Module):
    """From ``dim`` features of each frame, in the film's size or smaller, its mask and its flow from the given picture.

    What moves in from where nothing is given is painted, so all is where no picture is. Given pixels come back exactly.
    """

    def __init__(self, *, dim: int):
        super().__init__()
        self.steer = nn.Conv2d(dim, 3, 3, padding=1)
        nn.init.zeros_(self.steer.weight)
        nn.init.zeros_(self.steer.bias)

    def forward(self, painted: Video, features: Float[Tensor, "b t d _ _"], condition: Condition) -> Video:
        t = painted.shape[1]
        steer = rearrange(self.steer(rearrange(features, "b t d h w -> (b t) d h w")), "(b t) k h w -> b t k h w", t=t)
        h, w = condition.size
        flow = resize(resize(steer[:, :, 1:], (h // SMOOTH, w // SMOOTH)), (h, w)) * REACH
        moved = warp(shown(condition), flow)
        kept = 1 - torch.sigmoid(resize(steer[:, :, :1], (h, w)) + BEGIN)
        film = (1 - kept * moved[:, :, -1:]) * painted + kept * moved[:, :, :-1]
        return keep_known(film, condition)
