"""A prepared clip store: uint8 shards, memory-mapped, read at random without decoding.

A store is a folder with ``shard-*.u8`` (frames end to end, ``t h w c``), ``manifest.jsonl`` (one
film a line) and ``meta.json``, which is written last: a folder without it is not a store yet.
"""

import hashlib
import json
import math
import os
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt8

from kineograph.core.errors import ConfigError, UserError
from kineograph.core.run import read_json
from kineograph.data.films import Film

OPEN = 128  # shards mapped at once: each holds an open file, of which a process may have few
EARLIER = {"channels": 3, "resize": "centre", "stills": False}  # settings of stores that do not name them


def manifest_lines(manifest: bytes) -> list[str]:
    """A manifest's lines. Captions may hold other signs at which ``splitlines`` would break a line."""
    return [line for line in manifest.decode(errors="replace").split("\n") if line]


def stores_folder() -> Path:
    """Where stores are kept: KINEOGRAPH_STORES, else ``stores`` in the working folder."""
    return Path(os.environ.get("KINEOGRAPH_STORES", "stores"))


def read_meta(folder: Path, *wanted: str) -> dict:
    """What meta.json tells, these among it. Raises UserError where the file is damaged."""
    file = folder / "meta.json"
    try:
        meta = read_json(file)
        if lacking := [name for name in wanted if name not in meta]:
            raise UserError(f"'{file}' lacks '{lacking[0]}'")
    except UserError as error:
        raise UserError(f"{error}; prepare the store again") from error
    return meta


class ClipStore:
    """Films of one size and rate in a folder. Raises UserError where the folder is no whole store of these settings.

    One that is prepared anew while it is read raises ConfigError: what comes now are other films.
    """

    def __init__(self, folder: Path, settings: dict, prepare: str):
        self.folder = folder
        if not (folder / "meta.json").is_file():
            raise UserError(f"{folder}: not prepared yet; run: {prepare}")
        self._written = self._mark()
        self.meta = read_meta(folder, "settings", "classes", "data_hash", "licence", "attribution", "films", "frames")
        found = EARLIER | self.meta["settings"]
        for name, wanted in settings.items():
            if (there := found.get(name)) != wanted:
                raise UserError(f"{folder}: prepared with {name}={there}, not {wanted}; run: {prepare}")
        manifest = (folder / "manifest.jsonl").read_bytes()
        if hashlib.sha256(manifest).hexdigest() != self.meta["data_hash"]:
            raise UserError(f"{folder}/manifest.jsonl: changed since it was prepared; run: {prepare}")
        self.rows = [json.loads(line) for line in manifest_lines(manifest)]
        if outside := [row["source"] for row in self.rows if Path(row["shard"]).name != row["shard"]]:
            raise UserError(f"{folder}/manifest.jsonl: {outside[0]} leads out of the store; run: {prepare}")
        self.films = [
            Film(
                row["key"],
                row["group"],
                row["split"],
                row["label"],
                row["caption"],
                tuple(row["factors"]),
                row["frames"],
                row["fps"],
            )
            for row in self.rows
        ]
        self.classes = self.meta["classes"]
        self.data_hash = self.meta["data_hash"]
        self.licence = self.meta["licence"]
        self.attribution = self.meta["attribution"]
        self._shards: dict[str, np.ndarray] = {}

    def __getstate__(self) -> dict:
        return self.__dict__ | {"_shards": {}}  # a memory map would travel to a worker as a whole copy

    def whole(self, index: int) -> UInt8[np.ndarray, "t h w c"]:
        """All frames of one film, still on the disk."""
        row = self.rows[index]
        shape = (row["frames"], row["height"], row["width"], row.get("channels", 3))
        stop = row["offset"] + math.prod(shape)
        shard = self._shard(row["shard"])
        if stop > len(shard):
            raise UserError(f"{self.folder / row['shard']}: cut off; prepare the store again")
        return shard[row["offset"] : stop].reshape(shape)

    def _shard(self, name: str) -> UInt8[np.ndarray, "bytes"]:
        """A shard's map. The one that was used the longest ago is let go; views into it keep it for themselves."""
        if (shard := self._shards.pop(name, None)) is None:
            try:
                # A plain view of the map: slicing the memmap class itself is ten times slower.
                shard = np.memmap(self.folder / name, dtype=np.uint8, mode="r").view(np.ndarray)
            except (OSError, ValueError) as error:
                self._check_mark()
                why = getattr(error, "strerror", None) or error
                raise UserError(f"{self.folder / name}: cannot be mapped ({why}); prepare the store again") from error
            self._check_mark()
            while len(self._shards) >= OPEN:
                del self._shards[next(iter(self._shards))]
        self._shards[name] = shard
        return shard

    def _mark(self) -> tuple[int, int] | None:
        """Which writing of meta.json this is: prepare takes it away first and writes it last."""
        try:
            found = (self.folder / "meta.json").stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _check_mark(self) -> None:
        if self._mark() != self._written:
            raise ConfigError(f"{self.folder}: prepared anew meanwhile; start again")

    def read(self, index: int, times: Float64[np.ndarray, "t"]) -> UInt8[np.ndarray, "t h w c"]:
        """The frames nearest to these moments; before the first and after the last frame these are held."""
        place, film = np.floor(times * self.films[index].fps + 0.5 + 1e-6).astype(np.int64), self.whole(index)
        places = place.tolist()
        first, last, step = places[0], places[-1], places[1] - places[0] if len(places) > 1 else 1
        if first >= 0 and last < len(film) and step > 0 and places == [*range(first, last + 1, step)]:
            return film[first : last + 1 : step]  # evenly spaced: a view, nothing is copied yet
        return film.take(place, axis=0, mode="clip")

    def check(self) -> list[str]:
        """Films whose frames are not those that were written, one line each."""
        bad = []
        for index, row in enumerate(self.rows):
            try:
                if hashlib.sha256(self.whole(index)).hexdigest() != row["sha256"]:
                    bad.append(f"{row['source']}: its frames differ from the manifest")
            except UserError as error:
                bad.append(f"{row['source']}: {error}")
        return bad
