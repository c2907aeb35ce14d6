"""Data sets as the field lays them out: the path of a film tells its class, its group and its split."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from kineograph.core.errors import UserError
from kineograph.core.video import FILMS, PICTURES, read_frames
from kineograph.data.films import HELD_OUT, TRAIN, check_share
from kineograph.data.folder import endings, find, note, walk
from kineograph.data.prepared import Prepared, place_of
from kineograph.data.side_cars import Told, labelled
from kineograph.data.store_writer import Item, Shape

KINDS = {"films": "films", "frames": "folders of pictures", "stills": "pictures"}


class Layout(Prepared):
    """Films, folders of frames or stills whose path below ``path``, without its ending, fits ``pattern``.

    The pattern's groups ``label`` and ``group`` say what a film shows and what may not be split. ``split`` is a share
    of the groups, a pattern of the paths held out, or the names of two lists. Raises UserError for another layout.
    """

    def __init__(
        self, *, name: str, path: str, kinds: list[str], pattern: str, example: str,
        split: float | int | str | dict[str, str], frames_fps: float | int | None, licence: str, attribution: str,
        background: tuple[int, int, int] | list[int], height: int, width: int, channels: int, fps: float | int,
        resize: str,
    ):  # fmt: skip
        if not kinds or set(kinds) - KINDS.keys():
            raise UserError(f"data.source.kinds is {kinds}; choose from {', '.join(KINDS)}")
        if ("frames" in kinds) if frames_fps is None else not frames_fps > 0:
            raise UserError(f"data.source.frames_fps is {frames_fps}; how many pictures are shown in a second?")
        if isinstance(split, dict) and split.keys() != {TRAIN, HELD_OUT}:
            raise UserError(f"data.source.split names lists for {', '.join(split)}; it wants {TRAIN} and {HELD_OUT}")
        if not isinstance(split, str | dict):
            check_share(split, "data.source.split")
        self.name = name
        self.path = Path(path)
        self.kinds = kinds
        self.pattern = pattern
        self.example = example
        self.split = split
        self.frames_fps = None if frames_fps is None else float(frames_fps)
        self.licence = licence
        self.attribution = attribution
        super().__init__(
            name=f"{place_of(self.path)}-{name}",
            command=f"kineograph data prepare {name} data.source.path={self.path}",
            settings={
                "path": str(self.path.resolve()),
                "kinds": kinds,
                "pattern": pattern,
                "split": split,
                "frames_fps": self.frames_fps,
            },
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=split if isinstance(split, float | int) else 0.0,
        )

    def about(self) -> dict[str, str]:
        return {"name": f"{self.name} {self.path}", "licence": self.licence, "attribution": self.attribution}

    def items(self) -> tuple[list[Item], list[str]]:
        names = self._names()
        fitting = {name: match for name in names if (match := re.fullmatch(self.pattern, name))}
        if not fitting:
            raise UserError(self._misfit(list(names)))
        lists = self._lists()
        items, told = [], []
        for name, match in fitting.items():
            if lists and name not in lists:
                continue
            source = names[name].relative_to(self.path).as_posix()
            fields = match.groupdict()
            label = fields.get("label") or ""
            path, still = names[name], int(self._is_still(names[name]))
            items.append(Item(path, source, source, -1, "", read=self._reader(path), frames=still))
            told.append(Told(_words(label), label, fields.get("group") or "", lists.get(name) or self._split_of(name)))
        if not items:
            raise UserError(f"{self.path}: its {len(fitting)} films are on no list; the first: {min(fitting)}")
        found, classes = labelled(items, told, by_folder=False)
        left = {
            f"do not lie as in {self.example}": [name for name in names if name not in fitting],
            "are on no list": [name for name in fitting if lists and name not in lists],
            "are on a list and not there": [name for name in lists if name not in fitting],
        }
        lines = [
            f"{self.path}: {len(names)} of its films {why}; the first: {min(names)}"
            for why, names in left.items()
            if names
        ]
        return [*found, *(note(self.path, line) for line in lines)], classes

    def _names(self) -> dict[str, Path]:
        """What is there of the kinds asked for, by its path without the ending. Raises UserError where it is others."""
        found: dict[str, list[Path]] = {kind: [] for kind in KINDS}
        others = []
        for folder, files in walk(self.path):
            pictures = [path for path in files if path.suffix.lower() in PICTURES]
            found["films"] += [path for path in files if path.suffix.lower() in FILMS]
            found["stills"] += pictures
            found["frames"] += [folder] if pictures else []
            others += files
        paths = [path for kind in self.kinds for path in found[kind]]
        wanted = " or ".join(KINDS[kind] for kind in self.kinds)
        if not paths:
            for kind in ("films", "frames"):
                if found[kind]:
                    change = f"data.source.kinds=[{kind}]" + " data.source.frames_fps=25" * (kind == "frames")
                    raise UserError(
                        f"{self.path}: {len(found[kind])} {KINDS[kind]} ({endings(found[kind])}) where {wanted} are "
                        f"expected, such as {self.example}; convert them, or {change}"
                    )
            raise UserError(f"{self.path}: no {wanted} such as {self.example}, found {endings(others)}")
        folders = set(found["frames"])
        return {_stem(path.relative_to(self.path), path in folders): path for path in paths}

    def _misfit(self, names: list[str]) -> str:
        """Which folder was meant, where one can be told."""

        def fits(parts: tuple[str, ...]) -> bool:
            return re.fullmatch(self.pattern, "/".join(parts)) is not None

        parts = [Path(name).parts for name in names]
        for depth in (1, 2):
            starts = sorted({"/".join(one[:depth]) for one in parts if fits(one[depth:])})
            if starts:
                choice = f" (or {', '.join(starts[1:4])})" if starts[1:] else ""
                return (
                    f"{self.path}: nested {'once' if depth == 1 else 'twice'} too often; the data begin further down: "
                    f"data.source.path={self.path / starts[0]}{choice}"
                )
            above = self.path.resolve().parts[-depth:]
            if any(fits((*above, *one)) for one in parts):
                higher = self.path.resolve().parents[depth - 1]
                return f"{self.path}: too deep; the data begin above it: data.source.path={higher}"
        for one in parts:
            for place in range(1, len(one) - 1):
                shorter = one[:place] + one[place + 1 :]
                if fits(shorter):
                    return (
                        f"{self.path}: nested once too often: {'/'.join(one)} should be {'/'.join(shorter)}; "
                        f"move what is in such folders one up"
                    )
        return (
            f"{self.path}: none of its {len(names)} {' or '.join(KINDS[kind] for kind in self.kinds)} lies as in "
            f"{self.example}; the first is {min(names)}; rename them, or change data.source.pattern"
        )

    def _lists(self) -> dict[str, str]:
        """The split of every film that the lists name; empty where there are no lists."""
        found: dict[str, str] = {}
        for split, name in self.split.items() if isinstance(self.split, dict) else ():
            lines = find(self.path, name).read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                film = _stem(Path(line.split()[0]), False)
                if found.setdefault(film, split) != split:
                    raise UserError(f"{find(self.path, name)}:{number}: '{film}' is on the other list too")
        return found

    def _split_of(self, name: str) -> str:
        if isinstance(self.split, str):
            return HELD_OUT if re.fullmatch(self.split, name) else TRAIN
        return ""

    def _is_still(self, path: Path) -> bool:
        return "stills" in self.kinds and path.suffix.lower() in PICTURES and not path.is_dir()

    def _reader(self, path: Path) -> partial | None:
        if self._is_still(path):
            return partial(_still, path)
        return partial(_counted, path, self.frames_fps) if self.frames_fps else None


def _stem(path: Path, is_folder: bool) -> str:
    return (path if is_folder else path.with_suffix("")).as_posix()


def _words(label: str) -> str:
    """ApplyEyeMakeup -> apply eye makeup."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", label).lower()


def _counted(path: Path, fps: float, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    """Every frame once, whatever time stamps a film carries."""
    for place, (_, frame) in enumerate(read_frames(path, background)):
        yield place / fps, frame


def _still(path: Path, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    yield from islice(read_frames(path, background), 1)
