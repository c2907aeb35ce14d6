"""KTH actions (Schuldt et al., ICPR 2004): six actions of 25 persons, each film cut as 00sequences.txt says."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from kineograph.core.errors import UserError
from kineograph.core.video import FILMS, read_frames
from kineograph.data.films import HELD_OUT, TRAIN
from kineograph.data.folder import endings, find, walk
from kineograph.data.prepared import Prepared, place_of
from kineograph.data.side_cars import Told, labelled
from kineograph.data.store_writer import Item, Shape

SEQUENCES = "00sequences.txt"
NAME = re.compile(r"(?P<film>(?P<person>person\d\d)_(?P<action>[a-z]+)_d\d)(_uncomp)?")
ROW = re.compile(r"(?P<film>person\d\d_[a-z]+_d\d)\s+frames\s+(?P<spans>\d+-\d+(,\s*\d+-\d+)*),?")


class Kth(Prepared):
    """The sequences of the films below ``path``, at any depth: label = action, group = person.

    ``held_out_persons`` are numbers; the others train. Raises UserError for no films, and for a missing or damaged
    00sequences.txt, which may lie in the folder or beside it.
    """

    def __init__(
        self, *, path: str, held_out_persons: list[int], background: tuple[int, int, int] | list[int], height: int,
        width: int, channels: int, fps: float | int, resize: str,
    ):  # fmt: skip
        self.path = Path(path)
        self.test_persons = {f"person{person:02d}" for person in held_out_persons}
        super().__init__(
            name=f"{place_of(self.path)}-kth",
            command=f"kineograph data prepare kth data.source.path={self.path}",
            settings={"path": str(self.path.resolve()), "held_out_persons": sorted(held_out_persons)},
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=0.0,
        )

    def about(self) -> dict[str, str]:
        return {
            "name": f"kth {self.path}",
            "licence": "the data set's own terms; not verified here",
            "attribution": "C. Schuldt, I. Laptev, B. Caputo: Recognizing Human Actions: A Local SVM Approach, 2004",
        }

    def items(self) -> tuple[list[Item], list[str]]:
        files = [path for _, files in walk(self.path) for path in files]
        names = {path: NAME.fullmatch(path.stem) for path in files if path.suffix.lower() in FILMS}
        if not any(names.values()):
            raise UserError(
                f"{self.path}: no films such as boxing/person01_boxing_d1_uncomp.avi, found {endings(files)}; "
                "unpack the archives of the actions there"
            )
        spans = self._spans()
        items, told = [], []
        for path, name in names.items():
            for first, last in spans.get(name["film"], []) if name else []:
                source = f"{path.relative_to(self.path).as_posix()}:{first}-{last}"
                split = HELD_OUT if name["person"] in self.test_persons else TRAIN
                items.append(Item(path, source, source, -1, "", read=partial(_cut, path, first, last)))
                told.append(Told(name["action"], name["action"], name["person"], split))
        if not items:
            raise UserError(
                f"{find(self.path, SEQUENCES)}: names none of the films in {self.path}; is it another set's?"
            )
        return labelled(items, told, by_folder=False)

    def _spans(self) -> dict[str, list[tuple[int, int]]]:
        """First and last frame, counted from 1, of each film's sequences."""
        path = find(self.path, SEQUENCES)
        found = {}
        for line in path.read_text(encoding="latin-1").splitlines():  # prose above and between the rows
            if row := ROW.fullmatch(line.strip()):
                spans = [tuple(int(frame) for frame in span.split("-")) for span in row["spans"].split(",")]
                found[row["film"]] = [(first, last) for first, last in spans]
        if not found:
            raise UserError(f"{path}: no row such as 'person01_boxing_d1 frames 1-95, 96-185'; fetch it anew")
        return found


def _cut(path: Path, first: int, last: int, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    begin = None
    for number, (seconds, frame) in enumerate(read_frames(path, background), 1):
        if number > last:
            return
        if number >= first:
            begin = seconds if begin is None else begin
            yield seconds - begin, frame
    if begin is None:
        raise UserError(f"{path}: ends before frame {first}, where a sequence begins")
