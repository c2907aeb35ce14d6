"""Tar shards in webdataset's layout, read while training runs: no store, so no room on the disk is needed.

Only what the tars hold, and where, is kept in memory (some hundred bytes a sample); a clip is decoded when its turn
comes. Shards come in an order drawn anew every epoch, and samples are shuffled within ``buffer`` neighbours, so that
reading goes on from place to place in few shards, however many there are.
"""

import hashlib
import io
import json
from pathlib import Path

import av
import numpy as np
import torch
from jaxtyping import Float64, UInt8

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_file
from kineograph.core.random import mix
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.core.video import FILMS as FILM_KINDS
from kineograph.core.video import promised_frames
from kineograph.data.films import (
    WINDOWS_PER_FILM,
    Film,
    check_counts,
    check_share,
    group_numbers,
    split_of,
    told_splits,
)
from kineograph.data.side_cars import labelled
from kineograph.data.sources.shards import Piece, frames_of, samples, shards_of
from kineograph.data.store_writer import RESIZES, Item, Shape, resized

BUFFER, SHARDS = 11, 12  # tags of the draws


class TarStream:
    """The samples of one tar or of all below a folder, never prepared; ``buffer`` bounds how far they are shuffled.

    Lengths and rates are read from the films' heads. Raises UserError for a damaged tar, for packed ones (.tar.gz
    cannot be read from the middle), and for shards without films.
    """

    def __init__(
        self, *, path: str, frames_fps: float | int, buffer: int, background: tuple[int, int, int] | list[int],
        height: int, width: int, channels: int, resize: str, held_out: float | int,
    ):  # fmt: skip
        if not frames_fps > 0 or buffer < 1:
            raise UserError(f"data.source.frames_fps is {frames_fps}, buffer {buffer}; both must be above 0")
        if resize not in RESIZES:
            raise UserError(f"data.source.resize is {resize}; of what is not prepared it is {', '.join(RESIZES)}")
        check_share(held_out)
        self.path = local_file(path)
        self.frames_fps = float(frames_fps)
        self.buffer = buffer
        self.shape = Shape(height, width, self.frames_fps, tuple(background), channels, resize)
        self.held_out = held_out
        self.licence, self.attribution = "the user's own", str(self.path.resolve())
        self.films: list[Film] = []
        self.classes: list[str] = []
        self.data_hash = ""

    def open(self) -> "TarStream":
        """Reads the heads of all members, and of all films in them."""
        self.films, items, told, places = [], [], [], []
        for number, (name, shard) in enumerate(shards_of(self.path, (".tar",)).items()):
            for key, pieces, one in samples(shard):
                if not pieces:
                    continue
                items.append(Item(path=shard, source=f"{name}:{key}", group=f"{name}:{key}", label=-1, caption=""))
                told.append(one)
                places.append((number, pieces))
        if not items:
            raise UserError(f"{self.path}: its shards hold no films")
        items, self.classes = labelled(items, told, by_folder=False)
        self.items, self.pieces = items, [pieces for _, pieces in places]
        self.shards = [number for number, _ in places]
        fixed = told_splits((item.group, item.split, item.source) for item in items if item.split)
        check_counts(item.group for item in items)
        splits = split_of(sorted({item.group for item in items} - fixed.keys()), self.held_out) | fixed
        numbers = group_numbers(splits)
        counts: dict[str, int] = {}
        for index, item in enumerate(items):
            place = counts[item.group] = counts.get(item.group, -1) + 1
            key = numbers[item.group] * KEYS_PER_GROUP + place * WINDOWS_PER_FILM
            length, fps = self._length(index)
            self.films.append(Film(key, item.group, splits[item.group], item.label, item.caption, (), length, fps))
        known = [[list(item[1:6]), pieces] for item, pieces in zip(items, self.pieces, strict=True)]
        self.data_hash = hashlib.sha256(json.dumps(known).encode()).hexdigest()
        return self

    def near_order(self, indices: list[int], seed: int) -> list[int]:
        """An epoch's order: shards in any order, samples shuffled with their next ``buffer`` neighbours."""
        shards: dict[int, list[int]] = {}
        for index in indices:
            shards.setdefault(self.shards[index], []).append(index)
        row_of_shards = sorted(shards, key=lambda shard: mix(seed, SHARDS, shard))
        row = [index for shard in row_of_shards for index in shards[shard]]
        for first in range(0, len(row), self.buffer):
            block = row[first : first + self.buffer]
            generator = torch.Generator().manual_seed(mix(seed, BUFFER, first))
            drawn = torch.randperm(len(block), generator=generator).tolist()
            row[first : first + self.buffer] = [block[place] for place in drawn]
        return row

    def read(self, index: int, times: Float64[np.ndarray, "t"]) -> UInt8[np.ndarray, "t h w c"]:
        """The frames nearest to these moments; the film is decoded up to the last of them, one frame at a time."""
        item, pieces = self.items[index], self.pieces[index]
        wanted, found = np.argsort(times, kind="stable"), [np.empty(0)] * len(times)
        done, before, since = 0, None, 0.0
        key = item.source.rpartition(":")[2]
        for seconds, frame in frames_of(item.path, key, pieces, self.frames_fps, self.shape.background):
            # the frame before stands for all moments up to half way between the two
            while before is not None and done < len(wanted) and 2 * times[wanted[done]] <= since + seconds:
                found[wanted[done]], done = resized(before, self.shape, RESIZES[self.shape.resize]), done + 1
            if done == len(wanted):
                break
            before, since = frame, seconds
        for place in wanted[done:]:
            found[place] = resized(before, self.shape, RESIZES[self.shape.resize])
        return np.stack(found)

    def _length(self, index: int) -> tuple[int, float]:
        """How many frames, and how many a second. One that cannot be read has one frame; training tells of it."""
        item, pieces = self.items[index], self.pieces[index]
        films = [piece for piece in pieces if Path(piece.name).suffix.lower() in FILM_KINDS]
        if not films:
            return len(pieces), self.frames_fps
        try:
            with (
                io.BufferedReader(_Member(item.path, films[0])) as file,
                av.open(file, metadata_errors="replace") as source,
            ):
                stream = source.streams.video[0]
                fps = float(stream.average_rate or self.frames_fps)
                seconds = source.duration / av.time_base if source.duration else 0.0
                return max(1, promised_frames(stream) or round(seconds * fps)), fps
        except (av.error.FFmpegError, IndexError, OSError):
            return 1, self.frames_fps


class _Member(io.RawIOBase):
    """The bytes of one member, read from the tar where they lie."""

    def __init__(self, shard: Path, piece: Piece):
        self.file = shard.open("rb")
        self.piece = piece
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.piece.size}[whence]
        self.place = max(0, start + offset)
        return self.place

    def readinto(self, buffer: memoryview) -> int:
        count = max(0, min(len(buffer), self.piece.size - self.place))
        self.file.seek(self.piece.offset + self.place)
        count = self.file.readinto(buffer[:count])
        self.place += count
        return count

    def close(self) -> None:
        self.file.close()
        super().close()
