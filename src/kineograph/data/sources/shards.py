"""Tar shards in webdataset's layout: the members of a sample follow each other and share a name up to the first dot.

The films are read through the tar; nothing is unpacked to the disk.
"""

import tarfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_file
from kineograph.core.video import FILMS, PICTURES, natural, read_frames
from kineograph.data.folder import endings, walk
from kineograph.data.prepared import Prepared, place_of
from kineograph.data.side_cars import Told, labelled, told_of
from kineograph.data.store_writer import Item, Shape

BROKEN = (tarfile.TarError, EOFError, OSError, zlib.error)
SIDE_CARS = ("json", "txt", "cls")  # the first that speaks counts, as beside films in folders
KINDS = (".tar", ".tar.gz", ".tgz")


class Shards(Prepared):
    """The samples of one tar or of all below a folder: a film, or pictures shown ``frames_fps`` a second.

    Beside it .txt (caption), .json (caption, label, group, split; the rest is left) and .cls (label). A packed
    tar is unpacked from its start for every sample. Raises UserError for a damaged tar, a name that comes twice, and
    shards without films.
    """

    def __init__(
        self, *, path: str, frames_fps: float | int, background: tuple[int, int, int] | list[int], height: int,
        width: int, channels: int, fps: float | int, resize: str, held_out: float | int,
    ):  # fmt: skip
        if not frames_fps > 0:
            raise UserError(f"data.source.frames_fps is {frames_fps}; how many pictures are shown in a second?")
        self.path = local_file(path)
        self.frames_fps = float(frames_fps)
        super().__init__(
            name=f"{place_of(self.path)}-shards",
            command=f"kineograph data prepare shards data.source.path={self.path}",
            settings={"path": str(self.path.resolve()), "frames_fps": self.frames_fps},
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        attribution = str(self.path.resolve())
        return {"name": f"shards {self.path}", "licence": "the user's own", "attribution": attribution}

    def items(self) -> tuple[list[Item], list[str]]:
        items, told = [], []
        for name, shard in shards_of(self.path, KINDS).items():
            for key, pieces, one in samples(shard):
                source = f"{name}:{key}"
                read = partial(frames_of, shard, key, pieces, self.frames_fps)
                items.append(Item(path=shard, source=source, group=source, label=-1, caption="", read=read))
                told.append(one)
        if not items:
            raise UserError(f"{self.path}: its shards are empty")
        return labelled(items, told, by_folder=False)


class Piece(NamedTuple):
    """One member, and where its bytes lie in the tar."""

    name: str
    offset: int
    size: int


def shards_of(path: Path, kinds: tuple[str, ...]) -> dict[str, Path]:
    """The shards at or below ``path`` by their names, in order. Raises UserError where there is none."""
    files = [path] if path.is_file() else [file for _, files in walk(path) for file in files]
    found = [file for file in files if file.name.lower().endswith(kinds)]
    if not found:
        raise UserError(f"{path}: no shard; expected {' '.join(kinds)}, found {endings(files)}")
    return {file.name if path.is_file() else file.relative_to(path).as_posix(): file for file in found}


def samples(shard: Path) -> Iterator[tuple[str, list[Piece], Told]]:
    """The samples of a tar in its order: key, film or pictures, what is told. Only side-cars are read."""
    samples: dict[str, list[Piece]] = {}
    ranked: dict[str, dict[str, Told]] = {}  # of each sample what its side-cars say
    last = ""
    try:
        with tarfile.open(shard) as archive:
            for member in archive:
                folder, _, base = member.name.removeprefix("./").rpartition("/")
                if not member.isfile() or base.startswith("."):
                    continue
                stem, _, ending = base.partition(".")
                key = f"{folder}/{stem}" if folder else stem
                if key in samples and key != last:
                    raise UserError(f"{shard}: sample '{key}' stands in two places; the members of one lie together")
                last = key
                pieces = samples.setdefault(key, [])
                if any(piece.name == member.name for piece in pieces):
                    raise UserError(f"{shard}: '{member.name}' comes twice")
                kind = Path(base).suffix.lower()
                if kind in FILMS + PICTURES:
                    pieces.append(Piece(member.name, member.offset_data, member.size))
                elif ending.lower() in SIDE_CARS:
                    content = archive.extractfile(member).read()
                    one = (
                        Told(label=content.decode(errors="replace").strip())
                        if ending.lower() == "cls"
                        else told_of(f"{shard}:{member.name}", content, others=True)
                    )
                    ranked.setdefault(key, {})[ending.lower()] = one
            archive.fileobj.seek(archive.offset)
            if archive.fileobj.read(tarfile.BLOCKSIZE).strip(b"\0") or archive.fileobj.tell() == archive.offset:
                raise EOFError("no end mark")  # which tarfile overlooks
    except BROKEN as error:
        raise UserError(f"{shard}: damaged or cut off after {len(samples)} samples ({error}); copy it again") from error
    for key, pieces in samples.items():
        told = Told()
        for ending in SIDE_CARS:
            told = told.over(ranked.get(key, {}).get(ending, Told()))
        yield key, pieces, told


def frames_of(
    shard: Path, key: str, pieces: list[Piece], fps: float, background: tuple[int, int, int]
) -> Iterator[tuple[float, np.ndarray]]:
    """A sample's frames with their seconds, read through the tar."""
    if not pieces:
        raise UserError(f"{shard}: sample '{key}' has no film; expected a member like {key}.mp4 or {key}.000.png")
    films = [piece for piece in pieces if Path(piece.name).suffix.lower() in FILMS]
    try:
        with tarfile.open(shard) as archive:
            contents = {}
            for piece in films[:1] or pieces:
                archive.fileobj.seek(piece.offset)
                contents[piece.name] = archive.fileobj.read(piece.size)
    except BROKEN as error:
        raise UserError(f"{shard}: sample '{key}' is damaged or cut off ({error})") from error
    names = sorted(contents, key=lambda name: natural(Path(name)))
    if len(names) == 1:
        yield from read_frames(f"{shard}:{names[0]}", background, contents[names[0]])
        return
    for place, name in enumerate(names):
        _, frame = next(read_frames(f"{shard}:{name}", background, contents[name]))
        yield place / fps, frame
