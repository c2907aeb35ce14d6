"""Rotary positions (Su et al. 2021, arXiv:2104.09864, Eq. 15); in the plane: Heo et al. 2024, arXiv:2403.13298."""

import torch
from jaxtyping import Float
from torch import Tensor

FASTEST = 1.0  # radians a place, or a frame at ``FRAMES_A_SECOND``
SLOWEST = 0.01
FRAMES_A_SECOND = 12.0


def frequencies(count: int, like: Tensor) -> Float[Tensor, "n"]:
    """Radians a place, from the fastest to the slowest."""
    return torch.logspace(0, 1, count, SLOWEST / FASTEST, device=like.device, dtype=like.dtype) * FASTEST


def time_angles(times: Float[Tensor, "b t"], head_dim: int) -> Float[Tensor, "b t half"]:
    """Angles of the frames, by their seconds: films of any frame rate share one scale."""
    return (times * FRAMES_A_SECOND)[..., None] * frequencies(head_dim // 2, times)


def place_angles(h: int, w: int, head_dim: int, like: Tensor) -> Float[Tensor, "n half"]:
    """Angles of an h x w grid in reading order: the first half of them tells the row, the second the column."""
    steps = frequencies(head_dim // 4, like)
    rows = torch.arange(h, device=like.device, dtype=like.dtype)[:, None, None] * steps
    columns = torch.arange(w, device=like.device, dtype=like.dtype)[None, :, None] * steps
    return torch.cat([rows.expand(-1, w, -1), columns.expand(h, -1, -1)], dim=-1).flatten(0, 1)


def rotate(x: Float[Tensor, "*places d"], angles: Float[Tensor, "*_ half"]) -> Float[Tensor, "*places d"]:
    """Turns the pairs (x_i, x_{i + d/2}) by the angles, which broadcast over the places."""
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
