"""What the sources share whose films are decoded once: settings, the store's place, open and prepare."""

import hashlib
from abc import ABC, abstractmethod
from pathlib import Path

from kineograph.data.clip_store import ClipStore, stores_folder
from kineograph.data.films import check_share
from kineograph.data.store_writer import Item, Shape, legible, write_store


class Prepared(ABC):
    """A source that keeps its films in a store of one size, rate and number of channels.

    ``settings`` are what the store was made with, beside its shape; ``command`` prepares it. Raises UserError where
    ``held_out`` is no share.
    """

    def __init__(self, *, name: str, command: str, settings: dict, shape: Shape, held_out: float | int):
        check_share(held_out)
        self.command = command
        self.shape = shape
        self.held_out = held_out
        self.settings = settings | shape._asdict() | {"background": list(shape.background), "held_out": held_out}
        also = ["grey"] * (shape.channels == 1) + [shape.resize] * (shape.resize != "centre")
        name = "-".join([name, f"{shape.height}x{shape.width}", f"{shape.fps:g}fps", *also])
        self.store_folder = stores_folder() / name

    @abstractmethod
    def items(self) -> tuple[list[Item], list[str]]:
        """All films, and the names of the labels. Raises UserError where there is none."""

    @abstractmethod
    def about(self) -> dict[str, str]:
        """Name, licence and attribution of what is stored."""

    def open(self) -> ClipStore:
        return ClipStore(self.store_folder, self.settings, self.command)

    def prepare(self, num_processes: int, engine: str = "local") -> list[str]:
        """Decodes what is not stored yet, here or on a Ray cluster ("ray"); one line for each film that was skipped."""
        items, classes = self.items()
        meta = self.about() | {"classes": [*map(legible, classes)]}
        given = (self.store_folder, items, self.shape, self.held_out, meta, self.settings)
        return write_store(*given, num_processes, engine)


def place_of(folder: Path) -> str:
    """A store's name for a folder or file of the user's."""
    path = str(folder.resolve())
    return f"{folder.resolve().name or 'films'}-{hashlib.sha256(path.encode()).hexdigest()[:6]}"
