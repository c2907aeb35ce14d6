"""Evens out the brightness of a film from frame to frame."""

import torch

from kineograph.core.errors import at_least
from kineograph.core.video import Film

MOST = 4.0


class Deflicker:
    """Multiplies each frame so that its mean brightness is that of the ``window`` frames around it.

    A film of constant brightness comes back bit for bit; black frames stay black, and no frame gets more than ``MOST``
    times as bright.
    """

    def __init__(self, *, window: int):
        at_least(1, postprocess__deflicker__window=window)
        self.window = window  # odd number of frames; fewer are averaged at the ends

    def __call__(self, film: Film) -> Film:
        reach = self.window // 2
        brightness = film.frames.double().mean(dim=(1, 2, 3))  # t
        aims = [brightness[max(0, i - reach) : i + reach + 1].mean() for i in range(len(brightness))]
        gain = torch.stack(aims) / brightness.clamp(min=1e-6)
        gain = gain.clamp(max=MOST)
        frames = film.frames * gain[:, None, None, None]
        return film._replace(frames=frames.round().clamp(0, 255).to(torch.uint8))
