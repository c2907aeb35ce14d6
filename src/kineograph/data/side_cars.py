"""What the user tells of the films: NAME.txt, NAME.json beside a film, or captions.csv at the folder's root.

NAME.txt is a caption; NAME.json an object of caption, label, group and split; captions.csv has a
column ``path`` (of the film, below the folder) and any of the others. The first that speaks counts.
"""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from kineograph.core.errors import UserError
from kineograph.data.films import HELD_OUT, TRAIN
from kineograph.data.store_writer import Item

TABLE = "captions.csv"
NONE = "-1"  # the label of a film of which the user says that it has none


class Told(NamedTuple):
    """What is known of one film; empty where it is not told."""

    caption: str = ""
    label: str = ""
    group: str = ""
    split: str = ""

    def over(self, other: "Told") -> "Told":
        """This, and what only the other one tells."""
        return Told(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(f"{name}:{line}: not UTF-8; save it as UTF-8") from error


def told_of(name: str, content: bytes, others: bool = False) -> Told:
    """What a side-car (.txt, .json) says; ``name`` stands in the errors. ``others``: other keys are passed over."""
    text = _text(name, content)
    if name.lower().endswith(".txt"):
        return Told(caption=" ".join(text.split()))
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{name}:{error.lineno}: not JSON: {error.msg}") from error
    if not isinstance(found, dict):
        raise UserError(f'{name}:1: an object is wanted, such as {{"caption": "a cat", "label": "cats"}}')
    if others:
        found = {key: value for key, value in found.items() if key in Told._fields and value is not None}
    lines = {key: text[: max(0, text.find(json.dumps(key, ensure_ascii=False)))].count("\n") + 1 for key in found}
    return checked(found, lambda key: f"{name}:{lines[key]}")


def checked(found: dict[str, Any], where: Callable[[str], str]) -> Told:
    """What these values tell; ``where`` gives the place of a key for errors."""
    for key, value in found.items():
        if key not in Told._fields:
            raise UserError(f"{where(key)}: unknown '{key}'; known: {', '.join(Told._fields)}")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise UserError(f"{where(key)}: {key} is {value!r}; words or a whole number are wanted")
    told = Told(**{key: " ".join(str(value).split()) for key, value in found.items()})
    if told.split not in ("", TRAIN, HELD_OUT):
        raise UserError(f"{where('split')}: split is '{told.split}'; it is {TRAIN} or {HELD_OUT}")
    return told


def beside(film: Path) -> Told:
    """What NAME.json and NAME.txt say of the film (or folder of pictures) NAME."""
    stem = film.name if film.is_dir() else film.stem
    told = Told()
    for ending in (".json", ".txt"):
        path = film.with_name(stem + ending)
        if path.is_file():
            told = told.over(told_of(str(path), path.read_bytes()))
    return told


def table(folder: Path) -> dict[str, tuple[int, Told]]:
    """The rows of captions.csv by path, each with its line; empty where there is no such file."""
    path = folder / TABLE
    if not path.is_file():
        return {}
    rows = csv.reader(io.StringIO(_text(str(path), path.read_bytes()), newline=""), strict=True)
    found: dict[str, tuple[int, Told]] = {}
    try:
        columns = [name.strip() for name in next(rows, [])]
        unknown = [name for name in columns if name not in ("path", *Told._fields)]
        if "path" not in columns or unknown or len(set(columns)) < len(columns):
            raise UserError(f"{path}:1: its columns are {','.join(columns)}; wanted: path,{','.join(Told._fields)}")
        for row in rows:
            line = rows.line_num
            if not row:
                continue
            if len(row) != len(columns):
                raise UserError(f"{path}:{line}: {len(row)} values for {len(columns)} columns; put quotes round commas")
            values = dict(zip(columns, row, strict=True))
            name = Path(values.pop("path").strip()).as_posix()
            if name in found:
                raise UserError(f"{path}:{line}: '{name}' stands in line {found[name][0]} too")
            found[name] = line, checked(values, lambda key, line=line: f"{path}:{line}")
    except csv.Error as error:
        raise UserError(f"{path}:{rows.line_num}: {error}") from error
    return found


def labelled(items: list[Item], told: list[Told], by_folder: bool) -> tuple[list[Item], list[str]]:
    """The items with what is told of each, and the names of the labels.

    ``by_folder``: a film's first folder is its label where none is told. Whole numbers that are told stay as they are;
    -1 tells that there is none.
    """
    folders = [Path(item.source).parts[0] if by_folder and "/" in item.source else "" for item in items]
    labels = ["" if one.label == NONE else one.label or folder for one, folder in zip(told, folders, strict=True)]
    if any(labels) and all(re.fullmatch(r"\d{1,4}", one.label) for one, label in zip(told, labels) if label):
        classes = [str(number) for number in range(max(int(label) for label in labels if label) + 1)]
        places = {label: int(label) for label in labels if label}
    else:
        classes = sorted(set(labels) - {""})
        places = {label: place for place, label in enumerate(classes)}
    found = [
        item._replace(
            label=places.get(label, -1),
            caption=one.caption or label.replace("_", " "),
            group=one.group or item.group,
            split=one.split,
        )
        for item, one, label in zip(items, told, labels, strict=True)
    ]
    return found, classes


def items_of(folder: Path, items: list[Item]) -> tuple[list[Item], list[str]]:
    """The items of a folder with all that is told of them.

    Raises UserError for a side-car that cannot be read and a row of captions.csv without a film.
    """
    rows = table(folder)
    lost = rows.keys() - {item.source for item in items}
    if lost:
        name = min(lost, key=lambda name: rows[name][0])
        raise UserError(f"{folder / TABLE}:{rows[name][0]}: there is no film '{name}' in {folder}")
    told = [beside(item.path).over(rows[item.source][1] if item.source in rows else Told()) for item in items]
    return labelled(items, told, by_folder=True)
