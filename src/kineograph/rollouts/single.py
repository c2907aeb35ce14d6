"""The whole film in one window."""

from collections.abc import Callable

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video


class Single:
    """Any number of frames at once."""

    def __call__(self, animates: Callable[[Condition, Noise], Video], condition: Condition, noise: Noise) -> Video:
        return animates(condition, noise)
