"""Blurs a film a little along time, which calms shimmer and costs sharpness where things move."""

import torch
from einops import einsum

from kineograph.core.video import Film


class Smooth:
    """Each frame becomes a Gaussian mean, ``sigma`` seconds wide, of the frames around it in time."""

    def __init__(self, *, sigma: float):
        self.sigma = sigma  # seconds

    def __call__(self, film: Film) -> Film:
        distance = (film.times[:, None] - film.times[None, :]) / self.sigma
        weight = torch.softmax(-0.5 * distance.square(), dim=1)  # t s; rows sum to 1 at the ends too
        frames = einsum(weight.float(), film.frames.float(), "t s, s h w c -> t h w c")
        return film._replace(frames=frames.round().clamp(0, 255).to(torch.uint8))
