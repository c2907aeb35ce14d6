"""How fast a variance-preserving process forgets the clip."""

from typing import Protocol, runtime_checkable

from kineograph.core.types import Level


@runtime_checkable
class Schedule(Protocol):
    """ln alpha, falling from 0 (or nearly) at level 0, and its slope; levels lie in [0, 1]."""

    def log_alpha(self, level: Level) -> Level: ...

    def log_alpha_slope(self, level: Level) -> Level: ...
