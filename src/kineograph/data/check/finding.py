"""The words of the check: what is seen of one film, and what is found wrong."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

ERROR, WARNING = "error", "warning"
SHEET = 120  # films of which pictures are kept at most; a page shows half as many


class Finding(NamedTuple):
    """One thing that is wrong, in words for the user."""

    severity: str  # "error": it must not be trained on; "warning": look whether it is meant so
    file: str
    what: str
    mend: str


class Seen(NamedTuple):
    """What looking at one film once, frame by frame, has told."""

    name: str  # its path below the folder, or its source in the manifest
    container: str = ""  # mov, matroska, avi, "" where Pillow reads it
    frames: int = 0
    promised: int = 0  # frames by the container's header, 0 where it does not say
    sizes: tuple[tuple[int, int], ...] = ()  # height, width; more than one where frames differ
    fps: float = 0.0  # by the time stamps
    duration: float = 0.0  # seconds
    backward: int = 0  # time stamps that are not later than the one before
    motion: float = 0.0  # mean change between frames, in levels of 255
    largest: float = 0.0  # the largest change of any point, in levels
    hashes: tuple[int, ...] = ()  # perceptual, of the first, middle and last frame; empty where the film is too plain
    pictures: tuple[UInt8[np.ndarray, "h w c"], ...] = ()  # the first, middle and last frame, small
    problems: tuple[tuple[str, str], ...] = ()  # (file, what) where it could not be read
    complaints: tuple[str, ...] = ()  # lines of the decoder
    split: str = ""
    group: str = ""
    label: str = ""


def with_few_pictures(films: Iterable[Seen]) -> list[Seen]:
    """These films; of many, only SHEET or half as many that are spread evenly over them keep their pictures."""
    seen: list[Seen] = []
    kept: list[int] = []
    count, stride = 0, 1
    for film in films:
        seen.append(film)
        if not film.pictures:
            continue
        if count % stride == 0:
            kept.append(len(seen) - 1)
        else:
            seen[-1] = film._replace(pictures=())
        count += 1
        if len(kept) > SHEET:
            for place in kept[1::2]:
                seen[place] = seen[place]._replace(pictures=())
            kept, stride = kept[::2], 2 * stride
    return seen
