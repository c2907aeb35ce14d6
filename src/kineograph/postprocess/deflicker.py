"""Evens out the brightness of a film from frame to frame."""

import torch
from jaxtyping import UInt8
from torch import Tensor

from kineograph.core.errors import at_least
from kineograph.core.types import Scalar
from kineograph.core.video import Film

DARK = 8  # what is darker is rounded too coarsely to tell a gain
LEAST = 0.01  # share of the pixels


class Deflicker:
    """Multiplies each frame by the mean gain of the ``window`` frames around it.

    How much brighter another frame is, is the median over pixels of their ratio, so that what moves on a steady ground
    is no flicker. A film of constant brightness comes back bit for bit, and so do black frames. A white ground that was
    cut off in the bright frames becomes as grey as the mean of all.
    """

    def __init__(self, *, window: int):
        at_least(1, postprocess__deflicker__window=window)
        self.window = window  # odd number of frames; fewer are averaged at the ends

    def __call__(self, film: Film) -> Film:
        reach, made = self.window // 2, []
        for place, frame in enumerate(film.frames):
            around = film.frames[max(0, place - reach) : place + reach + 1]
            made.append(frame * torch.stack([_gain(frame, other) for other in around]).mean())
        return film._replace(frames=torch.stack(made).round().clamp(0, 255).to(torch.uint8))


def _gain(frame: UInt8[Tensor, "h w rgb"], other: UInt8[Tensor, "h w rgb"]) -> Scalar:
    """Of ``other`` over ``frame``; 1 where hardly a pixel tells it."""
    told = torch.minimum(frame, other) > DARK
    if told.double().mean() < LEAST:
        return torch.ones((), dtype=torch.float64)
    return (other[told].double() / frame[told].double()).median()
