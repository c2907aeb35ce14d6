"""A folder of the user's, walked at any depth: links are followed, hidden files are not looked at."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from kineograph.core.errors import UserError
from kineograph.data.store_writer import Item


def walk(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Every folder from this one down, with its files in order. Raises UserError where there is none."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; check the path")
    for place, folders, files in os.walk(folder, followlinks=True):
        here = Path(place)
        # A link to a folder above would lead round for ever.
        above = {parent.resolve() for parent in (here, *here.parents)}
        folders[:] = sorted(f for f in folders if f[0] != "." and (here / f).resolve() not in above)
        yield here, [here / name for name in sorted(files) if name[0] != "."]


def item(folder: Path, path: Path) -> Item:
    """A film below the folder, of which nothing is told yet: it is a group of its own."""
    name = path.relative_to(folder).as_posix()
    return Item(path=path, source=name, group=name, label=-1, caption="")


def endings(paths: list[Path]) -> str:
    """What lies there instead, for an error."""
    return " ".join(sorted({path.suffix.lower() or path.name for path in paths})[:6]) or "nothing"


def find(folder: Path, name: str) -> Path:
    """The file of this name in the folder, in a folder of it, beside it, or in a folder beside it.

    Lists come in archives of their own and are unpacked wherever there is room. Raises UserError where there is none.
    """
    for place in (folder, folder.resolve().parent):
        for path in (place / name, *sorted(place.glob(f"*/{name}"))):
            if path.is_file():
                return path
    raise UserError(f"{folder}: no {name} in it, in a folder of it or beside it; put it there")


def note(folder: Path, line: str) -> Item:
    """An item that cannot be read: ``prepare`` says this line of all that was left out, however much it is."""
    return Item(folder / "no such film", line, line, -1, "", read=partial(_tell, line))


def _tell(line: str, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    raise UserError(line)
