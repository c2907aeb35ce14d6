"""The reference that does nothing: it repeats the picture."""

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.core.warp import nearest_known


class Frozen:
    """Every frame is the given frame nearest in time; grey where none is given. Needs no training."""

    def animate(self, condition: Condition, noise: Noise) -> Video:
        return nearest_known(condition)
