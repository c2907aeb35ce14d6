"""What every source of clips offers: films that are read at any moments, and what is known of each."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, UInt8

from kineograph.core.errors import UserError
from kineograph.core.types import KEYS_PER_GROUP

WINDOWS_PER_FILM = 1000  # keys kept free for the windows of one film
FILMS_PER_GROUP = KEYS_PER_GROUP // WINDOWS_PER_FILM
TRAIN, HELD_OUT = "train", "held_out"


class Film(NamedTuple):
    """One entry of a manifest."""

    key: int  # of the film's first window; window w has key + w
    group: str  # what may not be split between training and held-out clips
    split: str  # "train" or "held_out"
    label: int  # -1 where there is none
    caption: str
    factors: tuple[float, ...]  # nan where unknown
    num_frames: int
    fps: float
    part: str = ""  # of a mixture
    turns: int = 1  # how many positions of a round that part has

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.num_frames - 1) / self.fps


@runtime_checkable
class Films(Protocol):
    """Films at hand: memory-mapped, or drawn when asked for."""

    films: Sequence[Film]
    classes: Sequence[str]  # names of the labels
    data_hash: str  # of all that the films show and are called
    licence: str
    attribution: str

    def read(self, index: int, times: Float64[np.ndarray, "t"]) -> UInt8[np.ndarray, "t h w c"]:
        """The frames of one film nearest to these moments (seconds since its first frame)."""
        ...


@runtime_checkable
class Near(Protocol):
    """Films that lie far apart: they say in which order an epoch shows them, so that reading stays near by."""

    def near_order(self, indices: list[int], seed: int) -> list[int]: ...


@runtime_checkable
class Source(Protocol):
    """Where films come from; ``open`` gives them, or says in one line how to prepare them."""

    def open(self) -> Films: ...


def group_number(group: str) -> int:
    """A group's number, the same whatever else is prepared: 40 bits of a hash, so keys fit into 63."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:5], "big")


def group_numbers(groups: Iterable[str]) -> dict[str, int]:
    """The groups' numbers, all different: of two whose hashes meet, the later by name takes the next free number."""
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for group in sorted(groups):
        number = group_number(group)
        while number in taken:
            number = (number + 1) % 2**40
        numbers[group] = number
        taken.add(number)
    return numbers


def check_share(held_out: float | int, name: str = "data.source.held_out") -> None:
    """Raises UserError where this is no share of the groups that can be held out."""
    if isinstance(held_out, bool) or not 0 <= held_out < 1:
        raise UserError(f"{name} is {held_out}; a share of the groups, from 0 to below 1 (0.1 is one of ten)")


def told_splits(told: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The split of each group by (group, split, source) of films of which one is told. Raises UserError for two."""
    found: dict[str, tuple[str, str]] = {}
    for group, split, source in told:
        before, first = found.setdefault(group, (split, source))
        if before != split:
            raise UserError(
                f"group {group}: in both splits: '{first}' is told {before} and '{source}' {split}, but they are one "
                "group or show the very same frames; tell both the same"
            )
    return {group: split for group, (split, _) in found.items()}


def check_counts(groups: Iterable[str]) -> None:
    """Raises UserError where a group, named once for each of its films, has more of them than there are keys for."""
    for group, count in Counter(groups).items():
        if count > FILMS_PER_GROUP:
            raise UserError(f"group {group}: {count} films, more than {FILMS_PER_GROUP}; split the group")


def split_of(groups: list[str], held_out: float | int) -> dict[str, str]:
    """Which split each group is in: by its hash alone, so that adding groups moves none.

    Where chance leaves one of the splits empty, the group nearest to the border moves there; a single group trains.
    """
    place = {group: group_number("split " + group) / 2**40 for group in groups}
    ordered = sorted(place, key=lambda group: place[group])
    count = sum(place[group] < held_out for group in ordered)
    if held_out > 0 and len(ordered) > 1:
        count = min(max(count, 1), len(ordered) - 1)
    if len(ordered) == 1:
        count = 0
    return {group: HELD_OUT if rank < count else TRAIN for rank, group in enumerate(ordered)}
