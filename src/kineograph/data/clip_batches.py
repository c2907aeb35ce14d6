"""Fixed windows of some clips, batch after batch, the same at every call."""

import math
from collections.abc import Iterator

from kineograph.core.types import Clip
from kineograph.data.clip_reader import ClipReader, Window


class ClipBatches:
    """An iterable of CPU clips with a length; the last batch may be smaller."""

    def __init__(self, *, reader: ClipReader, windows: list[Window], batch_size: int):
        self.reader = reader
        self.windows = windows
        self.batch_size = batch_size

    def __len__(self) -> int:
        return math.ceil(len(self.windows) / self.batch_size)

    def __iter__(self) -> Iterator[Clip]:
        for first in range(0, len(self.windows), self.batch_size):
            yield self.reader.read(self.windows[first : first + self.batch_size])
