"""Looks at one film frame by frame and keeps a few small numbers of it, so that a film of any length takes no room."""

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import av
import av.logging
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.core.video import FILMS, PICTURES, STILL_FPS, natural, promised_frames, read_frames
from kineograph.data.check.finding import Seen

POINTS = 64  # motion is measured between frames shrunk to so many points a side
SMALL = 96  # the longer side of a kept picture
KEPT = 32  # pictures held while the length of a film is not known yet
HASH = 16  # a perceptual hash has HASH x HASH bits
EDGE = 3  # levels: a smaller step between two points is noise, not an edge
COMPLAINTS = 3


def look(path: Path, name: str, alive: Callable[[], None]) -> Seen:
    """Reads a film, a picture or a folder of pictures to its end; ``alive`` is called at each frame.

    Whatever is wrong with it stands in the answer; nothing is raised but KeyboardInterrupt.
    """
    problems: list[tuple[str, str]] = []
    with tempfile.TemporaryFile() as file:
        before = os.dup(2)
        os.dup2(file.fileno(), 2)  # damage that a decoder conceals is told on its standard error alone
        av.logging.restore_default_callback()
        av.logging.set_libav_level(av.logging.ERROR)
        try:
            seen = watch(_frames(path, name, problems), name, alive)
        finally:
            os.dup2(before, 2)
            os.close(before)
        file.seek(0)
        lines = file.read(20_000).decode(errors="replace").splitlines()
    lines = [line.split("]", 1)[-1].strip() for line in lines if line.startswith("[")]
    container, promised = _header(path) if seen.frames else ("", 0)
    return seen._replace(
        container=container,
        promised=promised,
        problems=tuple(problems),
        complaints=tuple(dict.fromkeys(lines))[:COMPLAINTS],
    )


def watch(frames: Iterable[tuple[float, UInt8[np.ndarray, "h w c"]]], name: str, alive: Callable[[], None]) -> Seen:
    """What can be told of frames that come one by one, each with its second; no more than KEPT small ones are held."""
    kept: list[np.ndarray] = []
    stride, count, backward, motion, largest = 1, 0, 0, 0.0, 0.0
    sizes: dict[tuple[int, int], None] = {}
    first = last = 0.0
    picture, points = None, None
    for seconds, frame in frames:
        alive()
        sizes[frame.shape[:2]] = None
        first = seconds if count == 0 else first
        backward += count > 0 and seconds <= last
        picture = _small(frame)
        now = np.asarray(Image.fromarray(frame).convert("L").resize((POINTS, POINTS), Image.Resampling.BOX)).astype(int)
        if points is not None:
            change = np.abs(now - points)
            motion, largest = motion + float(change.mean()), max(largest, float(change.max()))
        if count % stride == 0:
            kept.append(picture)
        if len(kept) > KEPT:
            kept, stride = kept[::2], stride * 2
        last, points, count = seconds, now, count + 1
    if picture is None:
        return Seen(name)
    length = last - first
    rate = (count - 1) / length if count > 1 and length > 0 else 0.0
    chosen = (kept[0], kept[len(kept) // 2], picture)
    return Seen(
        name,
        frames=count,
        sizes=tuple(sizes)[:4],
        fps=rate,
        duration=length + (1 / rate if rate else 0.0),
        backward=backward,
        motion=motion / max(1, count - 1),
        largest=largest,
        hashes=_hashes(chosen),
        pictures=chosen,
    )


def difference_hash(frame: UInt8[np.ndarray, "h w c"]) -> int:
    """HASH x HASH bits: where the picture grows clearly brighter from left to right. Equal pictures have equal bits."""
    grey = Image.fromarray(frame).convert("L").resize((HASH + 1, HASH), Image.Resampling.BOX)
    levels = np.asarray(grey).astype(int)
    return int.from_bytes(np.packbits(levels[:, 1:] - levels[:, :-1] > EDGE).tobytes(), "big")


def _hashes(pictures: tuple[np.ndarray, ...]) -> tuple[int, ...]:
    hashes = tuple(difference_hash(picture) for picture in pictures)
    plain = sum(bits.bit_count() for bits in hashes) < HASH  # a blank picture is like every other blank one
    return () if plain else hashes


def _small(frame: np.ndarray) -> np.ndarray:
    scale = SMALL / max(frame.shape[:2])
    size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX))


def _frames(path: Path, name: str, problems: list[tuple[str, str]]) -> Iterable[tuple[float, np.ndarray]]:
    """The frames as far as they can be read; of a folder each picture for itself."""
    inside = sorted((p for p in path.iterdir() if p.suffix.lower() in PICTURES), key=natural) if path.is_dir() else []
    for place, one in enumerate(inside or [path]):
        try:
            for seconds, frame in read_frames(one):
                yield (place / STILL_FPS if inside else seconds), frame
                if inside:
                    break
        except MemoryError:
            problems.append((f"{name}/{one.name}" if inside else name, "takes more memory than a film may"))
        except Exception as error:  # a file may break a decoder in any way; the check goes on
            what = " ".join(str(error).removeprefix(f"{one}: ").split())
            kind = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
            problems.append((f"{name}/{one.name}" if inside else name, kind + what))


def _header(path: Path) -> tuple[str, int]:
    """The container, and how many frames it promises."""
    if path.suffix.lower() not in FILMS:
        return "", 0
    try:
        with av.open(str(path), metadata_errors="replace") as source:
            streams = source.streams.video
            return source.format.name.split(",")[0], promised_frames(streams[0]) if streams else 0
    except Exception:  # said already by the reader
        return "", 0
