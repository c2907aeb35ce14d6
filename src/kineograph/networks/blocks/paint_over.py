"""A given picture that moves, and what changes on it: film = warped + mask * painted (Wang et al. 2018, "vid2vid",
arXiv 1808.06601, equation 4; what is painted adds to the picture instead of beginning from grey)."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Video
from kineograph.core.warp import keep_known, nearest_known, resize, shown, warp

BEGIN = -2.0  # the mask's logit at first: an eighth of what is painted is seen
REACH = 0.1  # pictures that a step of 1 moves by
STEP = 0.3  # of the flow at first; at zero, moving left and right cancel and no code ever learns to move
SMOOTH = 4  # pixels a side that move as one, before their flows are joined bilinearly
SETTLED = 0.125  # seconds from the given picture after which 63 % of all change is allowed; just beside it none is
RANGE = 2.0  # from black to white


class PaintOver(nn.Module):
    """From ``dim`` features of each frame, in the film's size or smaller, its mask and its flow from the given picture.

    A frame can change the more the longer ago the picture was. Where nothing is given all is painted, also what moves
    in from there. Given pixels come back exactly.
    """

    def __init__(self, *, dim: int):
        super().__init__()
        self.steer = nn.Conv2d(dim, 3, 3, padding=1)
        nn.init.normal_(self.steer.weight, std=STEP * self.steer.weight[0].numel() ** -0.5)
        nn.init.zeros_(self.steer.weight[:1])  # the mask
        nn.init.zeros_(self.steer.bias)

    def forward(self, painted: Video, features: Float[Tensor, "b t d _ _"], condition: Condition) -> Video:
        t = painted.shape[1]
        features = features * (features.square().mean(dim=2, keepdim=True) + 1e-4).rsqrt()  # of one size
        steer = self.steer(rearrange(features, "b t d h w -> (b t) d h w")).to(condition.known)  # autocast or not
        steer = rearrange(steer, "(b t) k h w -> b t k h w", t=t)
        h, w = condition.size
        times = condition.times[:, :, None, None, None].to(steer)  # b t 1 1 1
        passed = (times - nearest_known(condition._replace(known=times))).abs()
        pace = -torch.expm1(-passed / SETTLED)
        flow = resize(resize(steer[:, :, 1:], (h // SMOOTH, w // SMOOTH)), (h, w)) * REACH
        picture, given = warp(shown(condition), pace * flow).split([painted.shape[2], 1], dim=2)
        mask = torch.sigmoid(resize(steer[:, :, :1], (h, w)) + BEGIN)
        film = picture + torch.lerp(torch.ones_like(given), RANGE * pace * mask, given) * painted
        return keep_known(film, condition)
