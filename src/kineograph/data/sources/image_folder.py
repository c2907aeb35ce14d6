"""Still pictures as clips of one frame, so that a video model also learns from stills."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_folder
from kineograph.core.video import PICTURES, read_frames
from kineograph.data.folder import endings, item, walk
from kineograph.data.prepared import Prepared, place_of
from kineograph.data.side_cars import items_of
from kineograph.data.store_writer import Item, Shape


class ImageFolder(Prepared):
    """Every picture below ``folder``, of a moving one the first frame; ``data.short`` says how a clip is made of it.

    Raises UserError for a missing folder and one without pictures.
    """

    def __init__(
        self, *, folder: str, background: tuple[int, int, int] | list[int], height: int, width: int, channels: int,
        fps: float | int, resize: str, held_out: float | int,
    ):  # fmt: skip
        self.folder = local_folder(folder)
        super().__init__(
            name=f"{place_of(self.folder)}-stills",
            command=f"kineograph data prepare image_folder data.source.folder={self.folder}",
            settings={"folder": str(self.folder.resolve())},
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        attribution = str(self.folder.resolve())
        return {"name": f"image_folder {self.folder}", "licence": "the user's own", "attribution": attribution}

    def items(self) -> tuple[list[Item], list[str]]:
        files = [path for _, files in walk(self.folder) for path in files]
        pictures = [path for path in files if path.suffix.lower() in PICTURES]
        if not pictures:
            raise UserError(f"{self.folder}: holds no pictures, found {endings(files)}; films: data=video_folder")
        found = [item(self.folder, path)._replace(read=partial(_first, path), frames=1) for path in pictures]
        return items_of(self.folder, found)


def _first(path: Path, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    yield from islice(read_frames(path, background), 1)
