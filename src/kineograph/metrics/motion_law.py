"""Which of the laws of moving_shapes a film follows, and how closely: its shape is tracked and every law is fitted.

Laws as ``data/sources/moving_shapes.py`` draws them, a point and a radius in picture sides, with phase, speed and angle
unknown. Angles enter linearly and are solved for; phase and speed are searched on a grid that is refined three times.
"""

from typing import NamedTuple

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor

from kineograph.core.types import Factors, PerClip, Times, Video
from kineograph.metrics.levels import to_levels

LAWS = ("bounces", "circles", "swings", "pulses")
NUM_FACTORS = 7  # shape, colour, size, law, phase, speed, angle
SIZE, LAW = 2, 3  # their places
RADII = (0.12, 0.2)  # of the sizes
MARGIN = 0.02
SLOWEST, FASTEST = 0.4, 1.0  # rounds a second
PULSE = 0.4  # of the radius
SPEEDS, PHASES, REFINED, ROUNDS = 25, 64, 9, 3

Track = Float[Tensor, "b t 3"]  # x to the right, y down, radius


class Fit(NamedTuple):
    """The law that fits best and how far the film is from it."""

    law: Int[Tensor, "b"]  # its place in LAWS
    error: PerClip  # root mean square over the frames, in picture sides; point and radius together


def known(factors: Factors) -> Bool[Tensor, "b"]:
    """Whether a clip's factors are those of moving_shapes."""
    if factors.shape[1] != NUM_FACTORS:
        return torch.zeros(len(factors), dtype=torch.bool, device=factors.device)
    return ~factors.isnan().any(dim=1)


def track(video: Video) -> Track:
    """Centre and radius (of the disc of equal area) of what differs from the corners' colour."""
    levels = to_levels(video)
    corners = levels[:, :1, :, :: levels.shape[3] - 1, :: levels.shape[4] - 1].flatten(3).median(dim=3).values
    apart = (levels - corners[..., None, None]).abs().mean(dim=2)  # b t h w
    ink = apart.flatten(2).amax(dim=2)[..., None, None].clamp(min=1.0)  # a level: below it there is nothing to see
    cover = torch.where(apart < 0.05 * ink, 0, apart / ink)
    height, width = cover.shape[2:]
    side = min(height, width)
    area = cover.sum(dim=(2, 3)).clamp(min=1e-6)
    x = (torch.arange(width, device=cover.device) + 0.5 - width / 2) / side + 0.5
    y = (torch.arange(height, device=cover.device) + 0.5 - height / 2) / side + 0.5
    return torch.stack(
        [(cover.sum(dim=2) @ x) / area, (cover.sum(dim=3) @ y) / area, (area / torch.pi).sqrt() / side], dim=2
    )


def fit(video: Video, times: Times, factors: Factors) -> Fit:
    """Of clips whose factors are known; only the size of the shape is taken from them."""
    seen = track(video).double()
    room = 0.5 - seen.new_tensor(RADII)[factors[:, SIZE].long()] - MARGIN
    errors = torch.stack([_error(law, seen, times.double(), room) for law in LAWS], dim=1)
    best = errors.min(dim=1)
    return Fit(best.indices, best.values.float())


def _error(law: str, seen: Track, times: Times, room: PerClip) -> PerClip:
    """The least error over phase and speed."""
    b = len(seen)
    speed = torch.linspace(SLOWEST, FASTEST, SPEEDS, dtype=seen.dtype, device=seen.device).expand(b, -1)
    phase = (torch.arange(PHASES, dtype=seen.dtype, device=seen.device) / PHASES).expand(b, -1)
    reach = (FASTEST - SLOWEST) / (SPEEDS - 1), 1 / PHASES
    best = torch.full_like(room, torch.inf)
    for _ in range(ROUNDS + 1):
        turn = phase[:, None, :, None] + speed[:, :, None, None] * times[:, None, None, :]  # b speed phase t
        error = rearrange(_squares(law, seen, turn, room), "b s p -> b (s p)")
        found = error.min(dim=1)
        best = torch.minimum(best, found.values)
        s, p = found.indices // phase.shape[1], found.indices % phase.shape[1]
        near = torch.linspace(-1, 1, REFINED, dtype=seen.dtype, device=seen.device)
        speed = (speed.gather(1, s[:, None]) + reach[0] * near).clamp(SLOWEST, FASTEST)
        phase = phase.gather(1, p[:, None]) + reach[1] * near
        reach = reach[0] * 2 / (REFINED - 1), reach[1] * 2 / (REFINED - 1)
    return best.sqrt()


def _squares(law: str, seen: Track, turn: Float[Tensor, "b s p t"], room: PerClip) -> Float[Tensor, "b s p"]:
    """Mean over frames of the squared distance from the law, its angle chosen as well as can be."""
    x, y, radius = (seen[:, None, None, :, axis] for axis in range(3))
    x, y, room = x - 0.5, y - 0.5, room[:, None, None, None]
    circle = 2 * torch.pi * turn
    still = (radius - radius.mean(dim=3, keepdim=True)).square()
    if law == "circles":
        apart = (x - room * circle.cos()).square() + (y - room * circle.sin()).square() + still
    elif law == "bounces":  # along a line that ends at the walls
        wave = 4 * (turn % 1 - 0.5).abs() - 1
        weight = wave.square().sum(dim=3, keepdim=True).clamp(min=1e-9)
        a, b = ((axis * wave).sum(dim=3, keepdim=True) / weight for axis in (x, y))
        scale = room / torch.maximum(a.abs(), b.abs()).clamp(min=1e-9)
        apart = (x - a * scale * wave).square() + (y - b * scale * wave).square() + still
    elif law == "swings":
        lift = 0.5 * room * (2 * circle).cos()
        sine = ((y * lift).sum(dim=3, keepdim=True) / lift.square().sum(dim=3, keepdim=True).clamp(min=1e-9)).clamp(
            -1, 1
        )
        apart = (x - room * circle.sin()).square() + (y - sine * lift).square() + still
    else:
        pulse = 1 + PULSE * circle.sin()
        size = (radius * pulse).sum(dim=3, keepdim=True) / pulse.square().sum(dim=3, keepdim=True)
        apart = x.square() + y.square() + (radius - size * pulse).square()
    return apart.mean(dim=3)
