"""How much the squared error of the clean film counts at a level."""

from typing import Protocol, runtime_checkable

from kineograph.core.types import Level


@runtime_checkable
class Weighting(Protocol):
    """A function of alpha and sigma, so that it serves every process."""

    def __call__(self, alpha: Level, sigma: Level) -> Level: ...
