"""The endless training sequence: what stands at position p depends on (seed, p) alone, never on a worker or a rank."""

import numpy as np
import torch
from torch.utils.data import Dataset

from kineograph.core.protocols import Augmentation
from kineograph.core.random import MODULUS, Noise, mix
from kineograph.core.types import Clip
from kineograph.data.clip_reader import ClipReader, Window

WINDOW, SPEED, CLASS = 1, 2, 3  # tags of the draws


class TrainingBatches(Dataset):
    """Batch k of rank r holds positions start + (k * world + r) * batch_size + i, up to ``stop``.

    Position p shows clip permutation(seed, p // n)[p % n], in a window and at a speed drawn from (seed, p).
    ``balanced``: in every round of as many positions as classes each comes once, and each goes through its own clips.
    """

    def __init__(
        self,
        *,
        reader: ClipReader,
        indices: list[int],
        augment: dict[str, Augmentation],
        speeds: tuple[float, float],
        balanced: bool,
        batch_size: int,
        seed: int,
        start: int,
        stop: int,
        rank: int,
        world: int,
    ):
        self.reader = reader
        self.indices = indices
        self.augment = augment
        self.speeds = speeds
        self.batch_size = batch_size
        self.seed = seed
        self.start = start
        self.stop = stop
        self.rank = rank
        self.world = world
        labels = [reader.films.films[index].label if balanced else 0 for index in indices]
        self.classes = [
            [index for index, label in zip(indices, labels, strict=True) if label == one] for one in sorted(set(labels))
        ]
        self._orders: dict[tuple[int, int], list[int]] = {}

    def __len__(self) -> int:
        """Every rank takes the same number of whole batches; the last may pass ``stop``."""
        return max(0, -(-(self.stop - self.start) // (self.batch_size * self.world)))

    def __getitem__(self, place: int) -> Clip:
        if not 0 <= place < len(self):
            raise IndexError(place)
        first = self.start + (place * self.world + self.rank) * self.batch_size
        positions = range(first, first + self.batch_size)
        clip = self.reader.read([self.window(position) for position in positions])
        noise = Noise.at(self.seed, first, self.batch_size)
        for name in sorted(self.augment):
            clip = self.augment[name](clip, noise.branch(int.from_bytes(name.encode()[:7], "big")))
        return clip

    def window(self, position: int) -> Window:
        """What stands at this position of the sequence."""
        if len(self.classes) > 1:
            round_, place = divmod(position, len(self.classes))
            number = _permutation(mix(self.seed, round_, CLASS), len(self.classes))[place]
            epoch, place = divmod(round_, len(self.classes[number]))
            index = self._order(number, epoch, mix(self.seed, epoch, CLASS, number))[place]
        else:
            epoch, place = divmod(position, len(self.indices))
            index = self._order(0, epoch, mix(self.seed, epoch))[place]
        low, high = np.log(self.speeds)
        speed = float(np.exp(low + (high - low) * mix(self.seed, position, SPEED) / MODULUS))
        longest = self.reader.longest_speed(index)
        speed = min(speed, max(longest, self.speeds[0]))  # no faster than the film is long, where it may be slower
        room = self.reader.room(index, speed)
        return Window(index, 0, room * (mix(self.seed, position, WINDOW) / MODULUS), speed)

    def _order(self, number: int, epoch: int, seed: int) -> list[int]:
        """The films of a class as this epoch shows them."""
        if (number, epoch) not in self._orders:
            near = {key: order for key, order in self._orders.items() if key[0] != number or abs(key[1] - epoch) == 1}
            films = self.classes[number]
            self._orders = near | {(number, epoch): [films[place] for place in _permutation(seed, len(films))]}
        return self._orders[number, epoch]


def _permutation(seed: int, count: int) -> list[int]:
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()
