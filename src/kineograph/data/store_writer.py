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
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kineograph.core.errors import UserError
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.core.video import nearest_frames, rate, read_frames
from kineograph.data.films import FILMS_PER_GROUP, WINDOWS_PER_FILM, group_number, split_of
from kineograph.data.store_lock import one_at_a_time

SHARD_FILMS = 32
VERSION = 1  # raise it when the bytes written for the same input change


class Item(NamedTuple):
    """One film to be stored."""

    path: Path
    source: str  # its name in the manifest
    group: str
    label: int
    caption: str


class Shape(NamedTuple):
    """How films are stored."""

    height: int
    width: int
    fps: float
    background: tuple[int, int, int]


def decode(path: Path, shape: Shape) -> UInt8[np.ndarray, "t h w c"]:
    """A film's frames at the store's size and rate: cut to its aspect about the middle, antialiased."""
    times, frames = [], []
    for seconds, frame in read_frames(path, shape.background):
        times.append(seconds)
        frames.append(_fit(frame, shape.height, shape.width))
    stamps = torch.tensor(times, dtype=torch.float64)
    own = rate(stamps)
    if len(frames) == 1 or abs(own / shape.fps - 1) < 0.02:  # 42 ms a frame is meant as 24 a second
        return np.stack(frames)
    count = max(1, int((float(stamps[-1]) + 1 / own) * shape.fps + 1e-6))
    wanted = torch.arange(count, dtype=torch.float64) / shape.fps
    return np.stack(frames)[nearest_frames(stamps, wanted).numpy()]


def _fit(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    h, w = frame.shape[:2]
    scale = min(h / height, w / width)
    box_h, box_w = height * scale, width * scale
    top, left = (h - box_h) / 2, (w - box_w) / 2
    whole = scale >= 1 and float(scale).is_integer()
    # A whole factor is an exact area average; else Pillow's bicubic, which is antialiased when it shrinks.
    filter_ = Image.Resampling.BOX if whole else Image.Resampling.BICUBIC
    picture = Image.fromarray(frame).resize((width, height), filter_, box=(left, top, left + box_w, top + box_h))
    return np.asarray(picture)


def _decoded(path: Path, shape: Shape) -> UInt8[np.ndarray, "t h w c"] | str:
    """The frames, or one line that says what is wrong with the file."""
    try:
        return decode(path, shape)
    except UserError as error:
        return " ".join(str(error).split())


def _follow_parent() -> None:
    """A worker ends with its parent, also when that is killed."""
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


@one_at_a_time
def write_store(
    folder: Path, items: list[Item], shape: Shape, held_out: float | int, meta: dict, settings: dict, num_processes: int
) -> list[str]:
    """Prepares the store in ``folder``; returns the lines about files that were skipped. Raises UserError."""
    items = sorted(items, key=lambda item: item.source)
    plan = {
        "version": VERSION,
        "settings": settings,
        "held_out": held_out,
        "items": [[item.source, item.path.stat().st_size, item.group, item.label, item.caption] for item in items],
    }
    plan_hash = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plan_file = folder / "plan.sha256"
        if not plan_file.is_file() or plan_file.read_text() != plan_hash:
            for old in [*folder.glob("meta.json"), *folder.glob("shard-*"), *folder.glob("manifest.jsonl")]:
                old.unlink()
            write_whole(plan_file, plan_hash.encode())
        if (folder / "meta.json").is_file():
            return json.loads((folder / "meta.json").read_text())["skipped"]
        return _write(folder, items, shape, held_out, meta, settings, num_processes)
    except OSError as error:
        raise UserError(f"{folder}: the store cannot be written ({error.strerror or error})") from error


def _write(
    folder: Path, items: list[Item], shape: Shape, held_out: float | int, meta: dict, settings: dict, num_processes: int
) -> list[str]:
    shards = [items[first : first + SHARD_FILMS] for first in range(0, len(items), SHARD_FILMS)]
    lists = [folder / f"shard-{number:05d}.jsonl" for number in range(len(shards))]
    missing = [number for number in range(len(shards)) if not lists[number].is_file()]
    _check_space(folder, sum(len(shards[number]) for number in missing), shape)
    with _mapper(num_processes) as mapped, _progress() as progress:
        done = sum(len(shard) for shard in shards) - sum(len(shards[number]) for number in missing)
        started, task = time.monotonic(), progress.add_task("films", total=len(items), completed=done, rate="")
        written = 0
        waiting = mapped([item.path for number in missing for item in shards[number]], shape)
        for number in missing:
            shard, rows, offset = folder / f"shard-{number:05d}.u8", [], 0
            with _unfinished(shard) as file:
                for item in shards[number]:
                    frames = next(waiting)
                    row = _row(item, frames, shape, shard.name, offset)
                    if not isinstance(frames, str):
                        file.write(frames.tobytes())
                        offset += frames.nbytes
                    rows.append(row)
                    written += 1
                    speed = written / (time.monotonic() - started)
                    progress.update(task, advance=1, rate=f"{speed:.0f} films/s")
            write_whole(lists[number], "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows).encode())
    found = [json.loads(line) for path in lists for line in path.read_text().splitlines()]
    skipped = [row["bad"] for row in found if "bad" in row]
    rows = [row for row in found if "bad" not in row]
    if not rows:
        raise UserError(f"{folder}: none of {len(items)} files could be read; the first: {skipped[0]}")
    _number(rows, held_out)
    manifest = "".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows).encode()
    write_whole(folder / "manifest.jsonl", manifest)
    meta = meta | {"settings": settings, "data_hash": hashlib.sha256(manifest).hexdigest(), "skipped": skipped}
    meta |= {"films": len(rows), "frames": sum(row["frames"] for row in rows)}
    write_whole(folder / "meta.json", json.dumps(meta, indent=2, sort_keys=True, ensure_ascii=False).encode())
    return skipped


def _row(item: Item, frames: np.ndarray | str, shape: Shape, shard: str, offset: int) -> dict:
    if isinstance(frames, str):
        return {"bad": frames}
    return {
        "sha256": hashlib.sha256(frames.tobytes()).hexdigest(),
        "frames": len(frames),
        "height": shape.height,
        "width": shape.width,
        "fps": shape.fps,
        "label": item.label,
        "caption": item.caption,
        "group": item.group,
        "source": item.source,
        "factors": [],
        "shard": shard,
        "offset": offset,
    }


def _number(rows: list[dict], held_out: float | int) -> None:
    """Adds key and split. Films with the very same frames under two names count as one group."""
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
    splits = split_of(sorted({row["group"] for row in rows}), held_out)
    if len({group_number(group) for group in splits}) < len(splits):
        raise UserError("two groups share a number; rename one of their files")
    places: dict[str, int] = {}
    for row in rows:
        place = places[row["group"]] = places.get(row["group"], -1) + 1
        if place >= FILMS_PER_GROUP:
            raise UserError(f"group {row['group']}: more than {FILMS_PER_GROUP} films; split the group")
        row["key"] = group_number(row["group"]) * KEYS_PER_GROUP + place * WINDOWS_PER_FILM
        row["split"] = splits[row["group"]]


def _check_space(folder: Path, num_films: int, shape: Shape) -> None:
    """Films of three seconds are assumed; the check is against starting what cannot end."""
    needed = int(num_films * 3 * shape.fps * shape.height * shape.width * 3)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(f"{folder}: about {needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free")


@contextlib.contextmanager
def _mapper(num_processes: int) -> Iterator:
    """``map`` over paths that keeps the order: in this process, or in a pool that never runs far ahead."""
    if num_processes <= 1:
        yield lambda paths, shape: (_decoded(path, shape) for path in paths)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(num_processes, mp_context=context, initializer=_follow_parent) as pool:

        def mapped(paths: list[Path], shape: Shape) -> Iterator:
            ahead = 4 * num_processes  # decoded films wait in memory
            futures = [pool.submit(_decoded, path, shape) for path in paths[:ahead]]
            for place in range(len(paths)):
                frames = futures[place].result()
                futures[place] = None
                if place + ahead < len(paths):
                    futures.append(pool.submit(_decoded, paths[place + ahead], shape))
                yield frames

        yield mapped


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
