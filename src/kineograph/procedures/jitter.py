"""The reference that moves without knowing what: a random smooth warp of the picture."""

import math

import torch
import torch.nn.functional as F
from einops import rearrange

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Flow, Video
from kineograph.core.warp import keep_known, nearest_known, warp


class Jitter:
    """Warps the nearest given frame by a field that is smooth in space and time and starts at rest at that frame.

    Each control point swings on an ellipse of its own. ``amplitude`` is in widths of the picture.
    """

    def __init__(self, *, amplitude: float, num_points: int, frequency: float):
        self.amplitude = amplitude
        self.num_points = num_points  # control points a side
        self.frequency = frequency  # swings a second

    def animate(self, condition: Condition, noise: Noise) -> Video:
        start = nearest_known(condition)
        return keep_known(warp(start, self.flow(condition, noise)), condition)

    def flow(self, condition: Condition, noise: Noise) -> Flow:
        """One field a frame, 0 at the frame that it starts from."""
        instant = rearrange(condition.times, "b t -> b t 1 1 1").expand_as(condition.known)
        since = condition.times - nearest_known(condition._replace(known=instant))[:, :, 0, 0, 0]  # b t
        angle = rearrange(2 * math.pi * self.frequency * since, "b t -> b t 1 1 1")
        swings = noise.normal(2, 2, self.num_points, self.num_points).to(condition.known)  # b swing xy h w
        along, across = swings[:, None, 0], swings[:, None, 1]
        points = self.amplitude * (along * torch.sin(angle) + across * (1 - torch.cos(angle)))  # b t 2 h w
        b, t = condition.times.shape
        flow = F.interpolate(
            rearrange(points, "b t xy h w -> (b t) xy h w"), size=condition.size, mode="bicubic", align_corners=True
        )
        return rearrange(flow, "(b t) xy h w -> b t xy h w", b=b, t=t)
