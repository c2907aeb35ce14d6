"""A long film window by window with any animator of pictures (Ho et al. 2022, arXiv 2204.03458, section 3.1)."""

from kineograph.core.protocols import Animates, Rollout
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video


class RolledOut:
    """What a diffusion animator's own roll-out does, for every animator: each window is told the last frames before."""

    def __init__(self, *, animates: Animates, rollout: Rollout):
        self.animates = animates
        self.rollout = rollout

    def animate(self, condition: Condition, noise: Noise) -> Video:
        return self.rollout(self.animates.animate, condition, noise)
