"""Writes a clip store: films are decoded in parallel, shard by shard, and a killed run is taken up where it stopped.

Each shard is written beside, synced, then renamed, and its list of films after it; so a shard that
has its list is whole. The same items and settings give the same bytes, however often it was killed.
"""

import contextlib
import hashlib
import json
import multiprocessing
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kineograph.core.errors import UserError
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.core.video import clock, nearest_frames, rate, read_frames
from kineograph.data.clip_store import read_meta
from kineograph.data.face_detector import Box, FaceDetector, crop, steady_face
from kineograph.data.films import WINDOWS_PER_FILM, check_counts, group_numbers, split_of, told_splits
from kineograph.data.ray_pool import in_order, ray_pool
from kineograph.data.store_damage import damaged
from kineograph.data.store_lock import one_at_a_time

SHARD_FILMS = 32
HELD_BYTES = 64_000_000  # of one film's frames; longer ones wait in a file beside the shards
EARLY = 0.125  # seconds that a frame of an uneven film may be shown before its time: stamps are rounded
VERSION = 1  # raise it when the bytes written for the same input change


class Item(NamedTuple):
    """One film to be stored."""

    path: Path
    source: str  # its name in the manifest
    group: str
    label: int
    caption: str
    split: str = ""  # "train" or "held_out" where the user says so; else by the group's hash
    read: Callable[[tuple[int, int, int]], Iterator[tuple[float, np.ndarray]]] | None = None  # None: the file is a film
    factors: tuple[float, ...] = ()  # nan where unknown
    frames: int = 0  # as they will be stored, where known: what room they take


NAMES = ("source", "group", "caption")  # an item's fields that may come from the names of files


class Shape(NamedTuple):
    """How films are stored."""

    height: int
    width: int
    fps: float
    background: tuple[int, int, int]
    channels: int = 3  # or 1
    resize: str = "centre"  # a name of RESIZES, or one of FACES


class Spooled(NamedTuple):
    """A film too long to be held in memory: its frames wait in a file, of which these are wanted, in this order."""

    path: Path
    places: list[int]


Decoded = UInt8[np.ndarray, "t h w c"] | Spooled


Resize = Callable[[Image.Image, Shape], Image.Image]


def resized(frame: UInt8[np.ndarray, "h w c"], shape: Shape, resize: Resize) -> UInt8[np.ndarray, "h2 w2 c2"]:
    """A frame at the store's size and channels."""
    picture = Image.fromarray(frame)
    picture = resize(picture if shape.channels == 3 else picture.convert("L"), shape)
    return np.asarray(picture).reshape(shape.height, shape.width, shape.channels)


def _wanted(times: Sequence[float], end: float | None, shape: Shape) -> list[int]:
    """Which frames are shown at the store's rate; ``end`` is that of the last one, where it is known."""
    stamps = clock(times)
    if len(stamps) == 1:
        return [0]
    own = rate(stamps)
    edges = stamps if end is None else torch.cat([stamps, stamps.new_tensor([end - min(times)])])
    even = (edges * own - torch.arange(len(edges))).abs().max() < 0.5  # no frame is shown in another's place
    if even and abs(own / shape.fps - 1) < 0.02:  # 42 ms a frame is meant as 24 a second
        return [*range(len(stamps))]
    length = float(stamps[-1]) + 1 / own if even or end is None else float(edges[-1])
    moments = torch.arange(max(1, int(length * shape.fps + 1e-6)), dtype=torch.float64) / shape.fps
    index = nearest_frames(stamps, moments)
    if not even:  # a frame that is held for seconds stays until the next one's time has come
        index = torch.where(stamps[index] > moments + EARLY, index - 1, index)
    return index.tolist()


def decode(item: Item, shape: Shape, folder: Path) -> Decoded | str:
    """The frames as stored, in memory or in a file in ``folder``; or one line that says what is wrong with the film."""
    times, held, spool = [], [], None
    try:
        resize, frames = _resize(item, shape), _Ending(_frames(item, shape))
        for seconds, frame in frames:
            times.append(seconds)
            held.append(resized(frame, shape, resize))
            if len(held) * held[-1].nbytes >= HELD_BYTES:
                spool = spool or _spool(folder)
                spool.write(np.stack(held).tobytes())
                held = []
        places = _wanted(times, frames.end, shape)
        if spool is None:
            return np.stack(held)[places]
        with spool:
            spool.write(b"".join(frame.tobytes() for frame in held))
        return Spooled(Path(spool.name), places)
    except UserError as error:
        why = str(error)
    except (OSError, ImportError, MemoryError):  # not the film's fault: the next one would meet the same
        raise
    except Exception as error:  # a file may break a decoder in any way; it costs that file alone
        why = f"{item.source}: cannot be decoded ({type(error).__name__}: {error})"
    finally:
        if spool is not None and not spool.closed:  # given up
            spool.close()
            os.unlink(spool.name)
    return legible(" ".join(why.split()))


class _Ending:
    """The frames in turn; then ``end`` is when the last of them ends, None where nobody tells."""

    def __init__(self, frames: Iterator[tuple[float, np.ndarray]]):
        self.frames = frames
        self.end: float | None = None

    def __iter__(self) -> Iterator[tuple[float, np.ndarray]]:
        self.end = yield from self.frames


def _frames(item: Item, shape: Shape) -> Iterator[tuple[float, np.ndarray]]:
    return item.read(shape.background) if item.read else read_frames(item.path, shape.background)


def _resize(item: Item, shape: Shape) -> Resize:
    """How this film's frames are resized: all alike, so a film that is cut to its face is looked through first."""
    if shape.resize not in FACES:
        return RESIZES[shape.resize]
    face = steady_face(_frames(item, shape), _detector())
    if face is not None:
        return partial(_face, face=face)
    if shape.resize == "face":
        raise UserError(f"{item.source}: shows no face; data.source.resize=face_or_centre keeps such films")
    return _centre


_detector = cache(FaceDetector)  # one a process


def _spool(folder: Path) -> BinaryIO:
    handle, name = tempfile.mkstemp(dir=folder, prefix="film-", suffix=".part")
    os.close(handle)
    return Path(name).open("wb")


def _pieces(frames: Decoded, shape: Shape) -> Iterator[bytes]:
    """The frames' bytes in order, few at a time."""
    if not isinstance(frames, Spooled):
        yield frames.tobytes()
        return
    size = shape.height * shape.width * shape.channels
    with frames.path.open("rb") as file:
        for place in frames.places:
            file.seek(place * size)
            yield file.read(size)
    frames.path.unlink()


def _centre(picture: Image.Image, shape: Shape) -> Image.Image:
    """The largest piece of the store's aspect, from the middle."""
    scale = min(picture.height / shape.height, picture.width / shape.width)
    box_h, box_w = shape.height * scale, shape.width * scale
    top, left = (picture.height - box_h) / 2, (picture.width - box_w) / 2
    return _scale(picture, shape.height, shape.width, (left, top, left + box_w, top + box_h))


def _pad(picture: Image.Image, shape: Shape) -> Image.Image:
    """The whole picture in the middle, with margins of the background."""
    scale = max(picture.height / shape.height, picture.width / shape.width)
    h, w = max(1, round(picture.height / scale)), max(1, round(picture.width / scale))
    sheet = Image.new("RGB", (shape.width, shape.height), shape.background).convert(picture.mode)
    sheet.paste(_scale(picture, h, w), ((shape.width - w) // 2, (shape.height - h) // 2))
    return sheet


def _stretch(picture: Image.Image, shape: Shape) -> Image.Image:
    """The whole picture, its aspect changed."""
    return _scale(picture, shape.height, shape.width)


def _face(picture: Image.Image, shape: Shape, face: Box) -> Image.Image:
    """The piece about the face."""
    box = crop(face, picture.height, picture.width, shape.width / shape.height)
    return _scale(picture, shape.height, shape.width, box)


def _scale(
    picture: Image.Image, height: int, width: int, box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    left, top, right, bottom = box = box or (0, 0, picture.width, picture.height)
    rows, columns = (bottom - top) / height, (right - left) / width
    whole = min(rows, columns) >= 1 and rows.is_integer() and columns.is_integer()
    # A whole factor is an exact area average; else Pillow's bicubic, which is antialiased when it shrinks.
    filter_ = Image.Resampling.BOX if whole else Image.Resampling.BICUBIC
    return picture.resize((width, height), filter_, box=box)


RESIZES = {"centre": _centre, "pad": _pad, "stretch": _stretch}
FACES = ("face", "face_or_centre")  # by what becomes of films without one: left out, or cut as by centre


def legible(name: str) -> str:
    """A file's name as text, also where its bytes are none."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _stamp(path: Path) -> list:
    """What tells that a file was changed; of a folder, that of every file in it; of what is not there, nothing."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            return [[one.name, *_stamp(one)] for one in sorted(path.iterdir()) if one.is_file()]
    except OSError:  # said when it is decoded
        return []
    return [found.st_size, found.st_mtime_ns]


def _follow_parent() -> None:
    """A worker ends with its parent, also when that is killed."""
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


@one_at_a_time
def write_store(
    folder: Path,
    items: list[Item],
    shape: Shape,
    held_out: float | int,
    meta: dict,
    settings: dict,
    num_processes: int,
    engine: str = "local",
) -> list[str]:
    """Prepares the store in ``folder``, in processes here or on a Ray cluster ("ray").

    Returns the lines about files that were skipped. Raises UserError.
    """
    if shape.channels not in (1, 3):
        raise UserError(f"data.source.channels is {shape.channels}; stores have 1 (grey) or 3")
    if shape.resize in FACES:
        _detector()  # fetched once, not by every process
    elif shape.resize not in RESIZES:
        raise UserError(f"data.source.resize is {shape.resize}; choose {', '.join((*RESIZES, *FACES))}")
    items = [item._replace(**{name: legible(getattr(item, name)) for name in NAMES}) for item in items]
    items = sorted(items, key=lambda item: item.source)
    told_splits(_told(items))  # what is wrong with groups is told before hours of decoding, not after
    check_counts(item.group for item in items)
    stamps = {path: _stamp(path) for path in {item.path for item in items}}
    plan = {
        "version": VERSION,
        "settings": settings,
        "held_out": held_out,
        "items": [[item.source, stamps[item.path], *item[2:6], *item.factors] for item in items],
    }
    plan_hash = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plan_file = folder / "plan.sha256"
        if not plan_file.is_file() or plan_file.read_text() != plan_hash:
            # The plan first: what is half deleted belongs to none. Lists before shards: a list's shard is whole.
            plan_file.unlink(missing_ok=True)
            for pattern in ("meta.json", "manifest.jsonl", "shard-*.jsonl*", "shard-*"):
                for old in folder.glob(pattern):
                    old.unlink()
            write_whole(plan_file, plan_hash.encode())
        for old in damaged(folder):
            old.unlink()
        if (folder / "meta.json").is_file():
            return read_meta(folder, "skipped")["skipped"]
        return _write(folder, items, shape, held_out, meta, settings, num_processes, engine)
    except BrokenProcessPool as error:
        raise UserError(
            f"{folder}: one of {num_processes} decoding processes was killed, likely for want of memory; go on with "
            "fewer (--processes) or with smaller films"
        ) from error
    except OSError as error:
        raise UserError(f"{folder}: the store cannot be written ({error.strerror or error})") from error


def _write(
    folder: Path,
    items: list[Item],
    shape: Shape,
    held_out: float | int,
    meta: dict,
    settings: dict,
    num_processes: int,
    engine: str,
) -> list[str]:
    shards = [items[first : first + SHARD_FILMS] for first in range(0, len(items), SHARD_FILMS)]
    lists = [folder / f"shard-{number:05d}.jsonl" for number in range(len(shards))]
    missing = [number for number in range(len(shards)) if not lists[number].is_file()]
    for old in folder.glob("film-*.part"):
        old.unlink()  # of a run that was killed
    _check_space(folder, [item for number in missing for item in shards[number]], shape)
    with _mapper(num_processes, engine) as mapped, _progress() as progress:
        done = sum(len(shard) for shard in shards) - sum(len(shards[number]) for number in missing)
        started, task = time.monotonic(), progress.add_task("films", total=len(items), completed=done, rate="")
        written = 0
        work = partial(decode, shape=shape, folder=folder)
        waiting = mapped(work, [item for number in missing for item in shards[number]])
        for number in missing:
            shard, rows, offset = folder / f"shard-{number:05d}.u8", [], 0
            with _unfinished(shard) as file:
                for item in shards[number]:
                    frames = next(waiting)
                    if isinstance(frames, str):
                        rows.append({"bad": frames})
                    else:
                        start, sha256 = offset, hashlib.sha256()
                        for piece in _pieces(frames, shape):
                            file.write(piece)
                            sha256.update(piece)
                            offset += len(piece)
                        rows.append(_row(item, sha256.hexdigest(), shape, shard.name, start, offset))
                    written += 1
                    speed = written / (time.monotonic() - started)
                    progress.update(task, advance=1, rate=f"{speed:.0f} films/s")
            write_whole(lists[number], "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows).encode())
    found = [json.loads(line) for path in lists for line in path.read_text().splitlines()]
    skipped = [row["bad"] for row in found if "bad" in row]
    rows = [row for row in found if "bad" not in row]
    if not rows:
        raise UserError(f"{folder}: none of {len(items)} files could be read; the first: {skipped[0]}")
    _number(rows, held_out, _told(items))
    manifest = "".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows).encode()
    write_whole(folder / "manifest.jsonl", manifest)
    meta = meta | {"settings": settings, "data_hash": hashlib.sha256(manifest).hexdigest(), "skipped": skipped}
    meta |= {"films": len(rows), "frames": sum(row["frames"] for row in rows)}
    write_whole(folder / "meta.json", json.dumps(meta, indent=2, sort_keys=True, ensure_ascii=False).encode())
    return skipped


def _row(item: Item, sha256: str, shape: Shape, shard: str, offset: int, stop: int) -> dict:
    row = {
        "sha256": sha256,
        "frames": (stop - offset) // (shape.height * shape.width * shape.channels),
        "height": shape.height,
        "width": shape.width,
        "fps": shape.fps,
        "label": item.label,
        "caption": item.caption,
        "group": item.group,
        "source": item.source,
        "factors": list(item.factors),
        "shard": shard,
        "offset": offset,
    }
    return row if shape.channels == 3 else row | {"channels": shape.channels}


def _told(items: list[Item]) -> list[tuple[str, str, str]]:
    """Group, split and source of the items whose split is not left to chance."""
    return [(item.group, item.split, item.source) for item in items if item.split]


def _number(rows: list[dict], held_out: float | int, told: list[tuple[str, str, str]]) -> None:
    """Adds key and split; ``told`` are group, split and source of films that are not left to chance.

    Films with the very same frames under two names count as one group.
    """
    merged: dict[str, str] = {}

    def root(group: str) -> str:
        while merged.get(group, group) != group:
            group = merged[group]
        return group

    first: dict[str, str] = {}
    for row in rows:
        other = first.setdefault(row["sha256"], row["group"])
        a, b = sorted((root(other), root(row["group"])))
        merged[b] = a
    for row in rows:
        row["group"] = root(row["group"])
    check_counts(row["group"] for row in rows)
    fixed = told_splits((root(group), split, source) for group, split, source in told)
    splits = split_of(sorted({row["group"] for row in rows} - fixed.keys()), held_out) | fixed
    numbers = group_numbers(splits)
    places: dict[str, int] = {}
    for row in rows:
        place = places[row["group"]] = places.get(row["group"], -1) + 1
        row["key"] = numbers[row["group"]] * KEYS_PER_GROUP + place * WINDOWS_PER_FILM
        row["split"] = splits[row["group"]]


def _check_space(folder: Path, items: list[Item], shape: Shape) -> None:
    """Films of unknown length are taken for three seconds; the check is against starting what cannot end."""
    frames = sum(item.frames or max(1, int(3 * shape.fps)) for item in items)
    needed = frames * shape.height * shape.width * shape.channels
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(f"{folder}: about {needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free")


@contextlib.contextmanager
def _mapper(num_processes: int, engine: str) -> Iterator:
    """``map`` over items that keeps the order: in this process, in a pool, or on a Ray cluster."""
    if engine == "ray":
        with ray_pool(num_processes) as mapped:
            yield mapped
    elif engine != "local":
        raise UserError(f"--engine {engine}; choose local or ray")
    elif num_processes <= 1:
        yield map
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(num_processes, mp_context=context, initializer=_follow_parent) as pool:
            yield lambda work, items: in_order(partial(pool.submit, work), Future.result, items, 4 * num_processes)


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)


@contextlib.contextmanager
def _unfinished(path: Path) -> Iterator:
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def write_whole(path: Path, content: bytes) -> None:
    """The file holds all of this or what it held before, whatever happens meanwhile."""
    with _unfinished(path) as file:
        file.write(content)
