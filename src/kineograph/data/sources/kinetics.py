"""Kinetics (Kay et al., arXiv:1705.06950) and what is listed like it: tables of youtube_id, time_start, time_end."""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from kineograph.core.errors import UserError
from kineograph.core.video import FILMS, read_frames
from kineograph.data.films import HELD_OUT, TRAIN
from kineograph.data.folder import endings, find, note, walk
from kineograph.data.prepared import Prepared, place_of
from kineograph.data.side_cars import Told, labelled
from kineograph.data.store_writer import Item, Shape

COLUMNS = ("youtube_id", "time_start", "time_end", "split")
SPLITS = {"train": TRAIN, "val": HELD_OUT, "validate": HELD_OUT, "validation": HELD_OUT, "test": HELD_OUT}


class Kinetics(Prepared):
    """The rows of ``tables`` whose film is there, at any depth: ID_000010_000020.mp4, or ID.mp4, which is cut.

    Label = column label, where there is one; group = youtube_id; rows without a film are counted in one line. Raises
    UserError for a missing table or column, an unknown split, a time that is no number, and where no row has a film.
    """

    def __init__(
        self, *, path: str, tables: list[str], background: tuple[int, int, int] | list[int], height: int, width: int,
        channels: int, fps: float | int, resize: str,
    ):  # fmt: skip
        self.path = Path(path)
        self.tables = tables
        super().__init__(
            name=f"{place_of(self.path)}-kinetics",
            command=f"kineograph data prepare kinetics data.source.path={self.path}",
            settings={"path": str(self.path.resolve()), "tables": tables},
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=0.0,
        )

    def about(self) -> dict[str, str]:
        return {
            "name": f"kinetics {self.path}",
            "licence": "the films are their authors'; of the table not verified here",
            "attribution": "W. Kay et al.: The Kinetics Human Action Video Dataset, 2017",
        }

    def items(self) -> tuple[list[Item], list[str]]:
        files = [path for _, files in walk(self.path) for path in files]
        films = {path.stem: path for path in files if path.suffix.lower() in FILMS}
        if not films:
            raise UserError(f"{self.path}: no films such as train/KIND/ID_000010_000020.mp4, found {endings(files)}")
        items, told, lost = {}, [], []
        for row, where in self._rows():
            first, last = (self._seconds(row, name, where) for name in ("time_start", "time_end"))
            whole = f"{row['youtube_id']}_{first:06.0f}_{last:06.0f}"
            path = films.get(whole, films.get(row["youtube_id"]))
            if path is None:
                lost.append(f"{where}: {whole}")
                continue
            source = path.relative_to(self.path).as_posix()
            read = None if path.stem == whole else partial(_cut, path, first, last)
            source = source if read is None else f"{source}:{first:g}-{last:g}"
            if source in items:
                raise UserError(f"{where}: '{source}' stands in another row too; remove one")
            items[source] = Item(path, source, source, -1, "", read=read)
            label = row.get("label") or ""
            told.append(Told(label, label, row["youtube_id"], SPLITS[row["split"]]))
        if not items:
            raise UserError(f"{self.path}: none of its {len(films)} films is in the tables; the first row is {lost[0]}")
        found, classes = labelled(list(items.values()), told, by_folder=False)
        if lost:
            found.append(note(self.path, f"{self.path}: {len(lost)} rows have no film; the first: {lost[0]}"))
        return found, classes

    def _rows(self) -> Iterator[tuple[dict[str, str], str]]:
        """Every row of the tables with its place."""
        for name in self.tables:
            table = find(self.path, name)
            with table.open(encoding="utf-8-sig", newline="") as file:
                rows = csv.DictReader(file)
                if lacking := [column for column in COLUMNS if column not in (rows.fieldnames or [])]:
                    raise UserError(
                        f"{table}:1: no column {', '.join(lacking)}; found {', '.join(rows.fieldnames or [])}"
                    )
                for row in rows:
                    where = f"{table}:{rows.line_num}"
                    if row["split"] not in SPLITS:
                        raise UserError(f"{where}: split is '{row['split']}'; known: {', '.join(SPLITS)}")
                    yield row, where

    @staticmethod
    def _seconds(row: dict[str, str], name: str, where: str) -> float:
        try:
            return float(row[name])
        except (TypeError, ValueError) as error:
            raise UserError(f"{where}: {name} is {row[name]!r}; seconds are wanted") from error


def _cut(path: Path, first: float, last: float, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    begin = None
    for seconds, frame in read_frames(path, background):
        if seconds >= last:
            return
        if seconds >= first:
            begin = seconds if begin is None else begin
            yield seconds - begin, frame
    if begin is None:
        raise UserError(f"{path}: ends before {first:g} s, where a row begins")
