"""The next stage of a cascade: a film made small or soft is told as the guide of an animator that was trained to refine
such (Ho et al. 2022, arXiv:2210.02303, Sec. 2.1)."""

from kineograph.core.protocols import Animates
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.core.warp import resize
from kineograph.procedures.source_film import source_film


class Cascade:
    """``factor`` is how much smaller than the film wanted the guide is: that of the task in training
    (task=low_resolution)."""

    def __init__(self, *, animates: Animates, film: str | None, factor: int):
        self.animates = animates
        self.film = film
        self.factor = factor

    def animate(self, condition: Condition, noise: Noise) -> Video:
        size = tuple(max(1, side // self.factor) for side in condition.size)
        guide = resize(source_film(self.film, condition), size)  # pyright: ignore[reportArgumentType]
        return self.animates.animate(condition._replace(guide=guide), noise)
