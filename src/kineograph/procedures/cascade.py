"""The next stage of a cascade: a film made small or soft is told as the guide of an animator that was trained to refine
such (Ho et al. 2022, arXiv:2210.02303, Sec. 2.1)."""

from kineograph.core.errors import at_least
from kineograph.core.protocols import Animates
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.procedures.source_film import source_film


class Cascade:
    """``height`` and ``width`` are those of the guide in training: the clip's over the task's ``factor``
    (task=low_resolution). Whatever size is wanted, more was never shown."""

    def __init__(self, *, animates: Animates, film: str | None, height: int, width: int):
        at_least(1, procedure__height=height, procedure__width=width)
        self.animates = animates
        self.film = film
        self.size = (height, width)

    def animate(self, condition: Condition, noise: Noise) -> Video:
        guide = source_film(self.film, condition, self.size)
        return self.animates.animate(condition._replace(guide=guide), noise)
