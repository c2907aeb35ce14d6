"""Clips as folders of pictures, at any depth: every folder that holds pictures is one clip."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_folder
from kineograph.core.video import PICTURES, read_frames
from kineograph.data.folder import endings, item, walk
from kineograph.data.prepared import Prepared, place_of
from kineograph.data.side_cars import items_of
from kineograph.data.store_writer import Item, Shape


class FramesFolder(Prepared):
    """The pictures of each folder below ``folder``, in natural order, shown ``frames_fps`` a second.

    Raises UserError where pictures lie directly in ``folder``, or where there are films or single stills instead.
    """

    def __init__(
        self, *, folder: str, frames_fps: float | int, background: tuple[int, int, int] | list[int], height: int,
        width: int, channels: int, fps: float | int, resize: str, held_out: float | int,
    ):  # fmt: skip
        if not frames_fps > 0:
            raise UserError(f"data.source.frames_fps is {frames_fps}; how many pictures are shown in a second?")
        self.folder = local_folder(folder)
        self.frames_fps = float(frames_fps)
        super().__init__(
            name=f"{place_of(self.folder)}-frames",
            command=f"kineograph data prepare frames_folder data.source.folder={self.folder}",
            settings={"folder": str(self.folder.resolve()), "frames_fps": self.frames_fps},
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        attribution = str(self.folder.resolve())
        return {"name": f"frames_folder {self.folder}", "licence": "the user's own", "attribution": attribution}

    def items(self) -> tuple[list[Item], list[str]]:
        counts, seen = {}, []
        for folder, files in walk(self.folder):
            pictures = [path for path in files if path.suffix.lower() in PICTURES]
            counts |= {folder: len(pictures)} if pictures else {}
            seen += files
        if not counts:
            raise UserError(
                f"{self.folder}: holds no folders of pictures, found {endings(seen)}; films: data=video_folder"
            )
        if self.folder in counts:
            raise UserError(
                f"{self.folder}: {counts[self.folder]} pictures lie directly in it; give each clip a folder of its own "
                "below it (or point one folder higher); stills: data=image_folder"
            )
        if max(counts.values()) == 1:
            raise UserError(
                f"{self.folder}: each of its {len(counts)} folders holds one picture only; stills: data=image_folder"
            )
        found = [item(self.folder, path)._replace(read=partial(_read, path, self.frames_fps)) for path in counts]
        return items_of(self.folder, found)


def _read(folder: Path, fps: float, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    for place, (_, frame) in enumerate(read_frames(folder, background)):
        yield place / fps, frame
