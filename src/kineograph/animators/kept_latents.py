"""Latents encoded before: a clip that is shown again, by this run or by another, is read instead of encoded.

As in "latent diffusion" (Rombach et al. 2022, arXiv:2112.10752), whose codec is fixed while the denoiser learns.
"""

import hashlib
import os
import struct
import time
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Video

Latents = Float[Tensor, "b u k y x"]  # on a grid of their own
Encode = Callable[[Video, Condition], tuple[Latents, Condition]]
Rows = Float[np.ndarray, "b n"]
ENTRY = struct.Struct("16sI")  # the clip's mark, the sum of its row


class Place(NamedTuple):
    """Where a row lies."""

    file: int  # open
    number: int
    checksum: int


class KeptLatents:
    """What ``encode`` makes of a clip, kept in float32 below ``folder``.

    A clip is known by a mark of all its numbers, a codec by what it makes of one fixed film (so no weight, size or
    precision is forgotten). Every process adds to two files of its own, rows first, and reads all: whoever is killed
    loses at most the row at hand, and a row that is damaged is encoded again. Raises UserError where nothing can be
    written.
    """

    def __init__(self, folder: Path, encode: Encode):
        self.folder = folder
        self.encode = encode
        self.places: dict[bytes, Place] = {}
        self.shapes: list[torch.Size] = []  # of one clip's parts of a row
        self.dtypes: list[torch.dtype] = []
        self.size = 0  # of a row, in bytes
        self.added = self.marks = -1  # the files of this process
        self.count = 0  # rows of its own

    def __call__(self, video: Video, condition: Condition) -> tuple[Latents, Condition]:
        try:
            return self._recalled(video, condition)
        except OSError as error:
            raise UserError(
                f"animator.codec.kept: {self.folder} cannot be used ({error.strerror}); make room there, name another "
                "folder, or animator.codec.kept=null"
            ) from error

    def _recalled(self, video: Video, condition: Condition) -> tuple[Latents, Condition]:
        if not self.shapes:
            self._open(video, condition)
        marks = [mark.tobytes() for mark in marks_of(video, condition).cpu().numpy()]
        rows = [self._read(mark) for mark in marks]
        if new := [place for place, row in enumerate(rows) if row is None]:
            own = Condition(*(None if field is None else field[new] for field in condition))
            for place, row in zip(new, self._rows(*self.encode(video[new], own)), strict=True):
                rows[place] = row
                self._write(marks[place], row)
        whole = torch.from_numpy(np.stack(rows)).to(video.device)
        parts = whole.split([shape.numel() for shape in self.shapes], dim=1)
        latents, known, mask, times = (
            part.unflatten(1, shape).to(dtype)
            for part, shape, dtype in zip(parts, self.shapes, self.dtypes, strict=True)
        )
        return latents, condition._replace(known=known, mask=mask, times=times)

    def _open(self, video: Video, condition: Condition) -> None:
        """The folder of this codec and these clips, all rows that are there, and files for more."""
        noise = torch.randn(1, *video.shape[1:], generator=torch.Generator().manual_seed(0)).clamp(-1, 1).to(video)
        first = Condition(*(None if field is None else field[:1] for field in condition))
        mask = torch.zeros_like(first.mask)
        mask[:, 0] = 1
        latents, told = self.encode(noise, first._replace(known=noise * mask, mask=mask))
        parts = (latents, told.known, told.mask, told.times)
        self.shapes, self.dtypes = [part.shape[1:] for part in parts], [part.dtype for part in parts]
        said = repr([(tuple(shape), str(dtype)) for shape, dtype in zip(self.shapes, self.dtypes, strict=True)])
        name = hashlib.sha256(said.encode() + self._rows(latents, told).tobytes()).hexdigest()[:16]
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        self.size = 4 * sum(shape.numel() for shape in self.shapes)
        for path in sorted(folder.glob("*.marks")):
            file = os.open(path.with_suffix(".rows"), os.O_RDONLY)
            entries = path.read_bytes()
            count = min(len(entries) // ENTRY.size, os.fstat(file).st_size // self.size)
            for number, entry in enumerate(ENTRY.iter_unpack(entries[: count * ENTRY.size])):
                self.places[entry[0]] = Place(file, number, entry[1])
        own = folder / f"{os.getpid()}-{time.time_ns()}"
        self.added = os.open(own.with_suffix(".rows"), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND)
        self.marks = os.open(own.with_suffix(".marks"), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)

    def _rows(self, latents: Latents, told: Condition) -> Rows:
        parts = (latents, told.known, told.mask, told.times)
        return torch.cat([part.float().flatten(1) for part in parts], dim=1).cpu().numpy()

    def _read(self, mark: bytes) -> np.ndarray | None:
        place = self.places.get(mark)
        if place is None:
            return None
        row = os.pread(place.file, self.size, place.number * self.size)
        return np.frombuffer(row, np.float32) if zlib.crc32(row) == place.checksum else None

    def _write(self, mark: bytes, row: np.ndarray) -> None:
        content = row.tobytes()
        os.write(self.added, content)
        os.write(self.marks, ENTRY.pack(mark, zlib.crc32(content)))
        self.places[mark] = Place(self.added, self.count, zlib.crc32(content))
        self.count += 1


def marks_of(video: Video, condition: Condition) -> Int64[Tensor, "b 2"]:
    """Two sums modulo 2^64 of all that is encoded, bit for bit, with random odd weights: taken where the clip is."""
    fields = (video, condition.known, condition.mask, condition.times)
    bits = torch.cat([field.float().flatten(1) for field in fields], dim=1).view(torch.int32).long()  # b n
    weights = _weights(bits.shape[1], bits.device)
    return torch.stack([(bits * one).sum(dim=1) for one in weights], dim=1)


@lru_cache(maxsize=2)
def _weights(count: int, device: torch.device) -> Int64[Tensor, "2 n"]:
    drawn = torch.randint(-(2**62), 2**62, (2, count), generator=torch.Generator().manual_seed(0))
    return (2 * drawn + 1).to(device)
