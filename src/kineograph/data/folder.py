"""A folder of the user's, walked at any depth: links are followed, hidden files are not looked at."""

import os
from collections.abc import Iterator
from pathlib import Path

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
