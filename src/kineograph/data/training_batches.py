"""The endless training sequence: what stands at position p depends on (seed, p) alone, never on a worker or a rank."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from kineograph.core.errors import UserError
from kineograph.core.protocols import Augmentation
from kineograph.core.random import MODULUS, Noise, mix
from kineograph.core.types import Clip
from kineograph.data.clip_reader import ClipReader, Window
from kineograph.data.films import WINDOWS_PER_FILM, Near

WINDOW, SPEED, CLASS, PART, INSTEAD, NUMBER = 1, 2, 3, 4, 5, 6  # tags of the draws


class TrainingBatches(Dataset):
    """Batch k of rank r holds positions start + (k * world + r) * batch_size + i, up to ``stop``.

    Position p shows clip permutation(seed, p // n)[p % n], in a window and at a speed drawn from (seed, p).
    ``balanced``: in every round of as many positions as classes each comes once, and each goes through its own clips.
    So do the parts of a mixture, each of which has as many positions of a round as its films say.
    A film that cannot be read is told once and replaced by one drawn from (seed, p). Raises UserError as soon as more
    than the share ``max_bad`` of the films is bad: ``bad`` marks them over all workers, and is ClipData's to share
    with the other ranks.
    """

    def __init__(
        self,
        *,
        reader: ClipReader,
        indices: list[int],
        augment: dict[str, Augmentation],
        speeds: tuple[float, float],
        balanced: bool,
        max_bad: float | int,
        batch_size: int,
        seed: int,
        start: int,
        stop: int,
        rank: int,
        world: int,
    ):
        tags: dict[int, str] = {}
        for name in augment:
            if (other := tags.setdefault(_tag(name), name)) != name:
                raise UserError(f"data.augment: {other} and {name} begin alike and would draw alike; rename one")
        self.reader = reader
        self.indices = indices
        self.augment = augment
        self.speeds = speeds
        self.max_bad = max_bad
        self.bad = torch.zeros(len(reader.films.films), dtype=torch.bool).share_memory_()  # ... of all workers
        self.batch_size = batch_size
        self.seed = seed
        self.start = start
        self.stop = stop
        self.rank = rank
        self.world = world
        films = reader.films.films
        turns = {films[index].part: films[index].turns for index in indices}
        self.slots = [part for part, name in enumerate(sorted(turns)) for _ in range(turns[name])]
        self.parts = [  # of each part its classes, of each class its films
            _by(part, lambda i: films[i].label if balanced else 0) for part in _by(indices, lambda i: films[i].part)
        ]
        self._orders: dict[tuple[int, int, int], list[int]] = {}

    def __len__(self) -> int:
        """Every rank takes the same number of whole batches; the last may pass ``stop``."""
        return max(0, -(-(self.stop - self.start) // (self.batch_size * self.world)))

    def __getitem__(self, place: int) -> Clip:
        if not 0 <= place < len(self):
            raise IndexError(place)
        first = self.start + (place * self.world + self.rank) * self.batch_size
        positions = range(first, first + self.batch_size)
        clip = self.reader.read([self.window(position) for position in positions], partial(self._instead, first))
        noise = Noise.at(self.seed, first, self.batch_size)
        for name in sorted(self.augment):
            clip = self.augment[name](clip, noise.branch(_tag(name)))
        return clip

    def window(self, position: int) -> Window:
        """What stands at this position of the sequence."""
        part, place = self._turn(position, self.slots, PART)
        tags = (PART, part) if len(self.parts) > 1 else ()
        classes = self.parts[part]
        number, place = self._turn(place, list(range(len(classes))), CLASS, *tags)
        epoch, place = divmod(place, len(classes[number]))
        tags = ((CLASS, number) if len(classes) > 1 else ()) + tags
        index = self._order(part, number, epoch, mix(self.seed, epoch, *tags))[place]
        return self._window(position, index)

    def _window(self, position: int, index: int) -> Window:
        """A piece of this film, drawn from (seed, position)."""
        low, high = np.log(self.speeds)
        speed = float(np.exp(low + (high - low) * mix(self.seed, position, SPEED) / MODULUS))
        longest = self.reader.longest_speed(index)
        speed = min(speed, max(longest, self.speeds[0]))  # no faster than the film is long, where it may be slower
        room = self.reader.room(index, speed)
        number = mix(self.seed, position, NUMBER) % WINDOWS_PER_FILM  # so that tasks draw anew where a clip comes again
        return Window(index, number, room * (mix(self.seed, position, WINDOW) / MODULUS), speed)

    def _turn(self, place: int, slots: list[int], *tags: int) -> tuple[int, int]:
        """Whose turn this place is, and which of its turns: every round of so many places gives each slot one."""
        if len(set(slots)) == 1:
            return slots[0], place
        round_, place = divmod(place, len(slots))
        slot = _permutation(mix(self.seed, round_, *tags), len(slots))[place]
        return slots[slot], round_ * slots.count(slots[slot]) + slots[:slot].count(slots[slot])

    def _instead(self, first: int, place: int, window: Window, error: UserError) -> Window:
        """What is shown where ``window`` cannot be read: the next film in an order that (seed, position) draws."""
        position, new = first + place, not self.bad[window.index]
        self.bad[window.index] = True
        self.check(f"{error}; ")
        count, total = int(self.bad.sum()), len(self.indices)
        order = _permutation(mix(self.seed, position, INSTEAD), total)
        shown = [self.indices[place] for place in order]
        index = shown[(shown.index(window.index) + 1) % total]
        if new:
            print(f"kineograph: {error}; replaced from now on ({count} bad of {total})", file=sys.stderr, flush=True)
        return self._window(position, index)

    def check(self, why: str = "") -> None:
        """Raises UserError, which begins with ``why``, where too many films are bad."""
        count, total = int(self.bad.sum()), len(self.indices)
        if count > self.max_bad * total:
            raise UserError(f"{why}{count} of {total} films are bad, more than data.max_bad={self.max_bad}")

    def _order(self, part: int, number: int, epoch: int, seed: int) -> list[int]:
        """The films of a class as this epoch shows them."""
        here = (part, number, epoch)
        if here not in self._orders:
            near = {
                key: order for key, order in self._orders.items() if key[:2] != here[:2] or abs(key[2] - epoch) == 1
            }
            films, source = self.parts[part][number], self.reader.films
            if isinstance(source, Near):
                order = source.near_order(films, seed)
            else:
                order = [films[place] for place in _permutation(seed, len(films))]
            self._orders = near | {here: order}
        return self._orders[here]


def _by(indices: list[int], of: Callable[[int], Any]) -> list[list[int]]:
    """The films that are alike in this, together."""
    found: dict[Any, list[int]] = {}
    for index in indices:
        found.setdefault(of(index), []).append(index)
    return [found[one] for one in sorted(found)]


def _tag(name: str) -> int:
    """Of an augmentation's draws."""
    return int.from_bytes(name.encode()[:7], "big")


def _permutation(seed: int, count: int) -> list[int]:
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()
