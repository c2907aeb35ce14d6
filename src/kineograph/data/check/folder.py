"""The check of a folder of films as they come, before anything is prepared: any nesting, any file in it."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from kineograph.core.errors import UserError
from kineograph.core.video import FILMS, PICTURES
from kineograph.data.check.child import look_at
from kineograph.data.check.film_findings import of_film
from kineograph.data.check.finding import ERROR, WARNING, Finding, Seen, with_few_pictures
from kineograph.data.check.set_findings import of_set

MOVING = (*FILMS, ".gif", ".webp")
LISTS = (".csv", ".tsv", ".json", ".jsonl", ".txt")  # side-cars, which may name files
SUMS = "SHA256SUMS"  # as sha256sum writes it: the only witness of flipped bits that a decoder takes without a word
MAX_LIST = 50_000_000  # bytes
ESCAPE = re.compile(r"""(^|[\s"',;:=\[/\\])\.\.[/\\]""")
SPLITS = {
    name: split
    for split, names in {
        "train": ("train", "training"),
        "held_out": ("test", "testing", "val", "valid", "validation", "held_out", "eval"),
    }.items()
    for name in names
}


def of_folder(folder: Path, num_processes: int, seconds: float) -> tuple[list[Seen], list[Finding]]:
    """What is seen of each film below the folder (or of the one film), and all that is wrong. Raises UserError."""
    if not folder.exists():
        raise UserError(f"{folder}: no such file or folder")
    findings: list[Finding] = []
    films = list(_films(folder, findings)) if folder.is_dir() else [(folder, folder.name)]
    if not films and not findings:
        raise UserError(f"{folder}: holds no films; expected {' '.join(MOVING)} or folders of pictures")
    seen = with_few_pictures(
        film._replace(split=split_of_path(film.name), label=label_of_path(film.name))
        for film in look_at(films, num_processes, seconds)
    )
    for film in seen:
        findings += of_film(film)
    findings += nesting([name for _, name in films], folder.name)
    return seen, findings + of_set([film for film in seen if film.frames], str(folder))


def split_of_path(name: str) -> str:
    """The split that one of the folders is named for; empty where none is."""
    found = [SPLITS[part.lower()] for part in name.split("/")[:-1] if part.lower() in SPLITS]
    return found[0] if found else ""


def label_of_path(name: str) -> str:
    """The first folder that is no split; empty for a film that lies in none."""
    return next((part for part in name.split("/")[:-1] if part.lower() not in SPLITS), "")


def nesting(names: list[str], folder: str) -> list[Finding]:
    """Classes are the first sub-folders: are they meant so?"""
    parts = [name.split("/")[:-1] for name in names]
    tops = {part[0] for part in parts if part}
    deep = {part[1] for part in parts if len(part) > 1}
    findings = []
    if len(tops) == 1 and len(deep) > 1 and all(parts):
        top = next(iter(tops))
        what = f"wrong nesting: everything lies in {top}, so that {len(deep)} folders would be one class"
        findings.append(Finding(WARNING, f"{folder}/{top}", what, f"give the path of {top} instead"))
    splits = sorted(top for top in tops if top.lower() in SPLITS)
    if splits:
        what = f"wrong nesting: {', '.join(splits)} would be taken for classes"
        findings.append(Finding(WARNING, folder, what, "prepare each by itself, or put the classes on top"))
    loose = sum(not part for part in parts)
    if loose and tops:
        what = f"wrong nesting: {loose} films lie beside the folders {', '.join(sorted(tops)[:3])} and have no class"
        findings.append(Finding(WARNING, folder, what, "give each film a folder, or none"))
    return findings


def _films(folder: Path, findings: list[Finding]) -> Iterator[tuple[Path, str]]:
    """Films and folders of pictures; what cannot be one is told in ``findings``."""

    def closed(error: OSError) -> None:
        what = f"cannot be opened ({error.strerror})"
        findings.append(Finding(ERROR, str(error.filename), what, "chmod u+rx, or delete it"))

    for place, inside, files in os.walk(folder, onerror=closed):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        for name in inside:
            if (Path(place) / name).is_symlink():
                shown = (Path(place) / name).relative_to(folder).as_posix()
                findings.append(Finding(WARNING, shown, "a link to a folder: not followed", "move the folder here"))
        paths = [Path(place) / name for name in sorted(files) if not name.startswith(".")]
        names = {path: path.relative_to(folder).as_posix() for path in paths}
        whole = [path for path in paths if _is_file(path, names[path], findings)]
        moving = [path for path in whole if path.suffix.lower() in MOVING]
        stills = [path for path in whole if path.suffix.lower() in PICTURES and path.suffix.lower() not in MOVING]
        if len(stills) >= 2 and not moving:
            yield Path(place), Path(place).relative_to(folder).as_posix()
        else:
            for still in stills:
                what = "a still picture beside films: it is left out"
                findings.append(Finding(WARNING, names[still], what, "move stills to a folder of their own"))
            moving = sorted(moving + stills)
            yield from ((path, names[path]) for path in moving)
        for path in whole:
            if path.name == SUMS:
                findings += altered(path, names[path])
            elif path.suffix.lower() in LISTS:
                findings += escapes(path, names[path])
            elif path.suffix.lower() not in MOVING + PICTURES and _holds_film(path):
                what = f"wrong suffix: it holds a film, but '{path.suffix}' is not read"
                findings.append(Finding(WARNING, names[path], what, f"rename it to end in one of {' '.join(FILMS)}"))


def _is_file(path: Path, name: str, findings: list[Finding]) -> bool:
    """A file that may be opened without harm or hanging."""
    if path.is_symlink() and not path.exists():
        target = os.fsdecode(os.readlink(path))
        findings.append(Finding(ERROR, name, f"dead link to {target}", "delete it, or bring back what it names"))
        return False
    if not path.is_file():
        findings.append(Finding(WARNING, name, "not a file (a pipe, socket or device)", "delete it"))
        return False
    if not path.stat().st_mode & 0o444 or not os.access(path, os.R_OK):
        findings.append(Finding(ERROR, name, "no permission to read it", "chmod u+r"))
        return False
    return True


def _holds_film(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head[4:8] == b"ftyp" or head[:4] == b"\x1a\x45\xdf\xa3" or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")


def altered(path: Path, name: str) -> list[Finding]:
    """Files that differ from the sums that lie beside them, or have gone."""
    findings = []
    for line in path.read_text(errors="replace").splitlines():
        wanted, _, file = line.partition(" ")
        other = path.parent / file.lstrip(" *")
        shown = (Path(name).parent / file.lstrip(" *")).as_posix()
        if not other.resolve().is_relative_to(path.parent.resolve()):
            findings.append(Finding(ERROR, name, f"refused: {file.strip()} leads out of the folder", "delete the line"))
        elif not other.is_file():
            findings.append(
                Finding(ERROR, shown, f"named in {name}, but not there", "bring it back, or write new sums")
            )
        else:
            with other.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
            if found != wanted:
                what = f"differs from its sum in {name}: damaged since that was written"
                findings.append(Finding(ERROR, shown, what, "replace it by a whole copy, or write new sums"))
    return findings


def escapes(path: Path, name: str) -> list[Finding]:
    """A list of files must name files in its own folder."""
    if path.stat().st_size > MAX_LIST:
        return []
    with path.open(errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if ESCAPE.search(line):
                what = f"refused: line {number} leads out of the folder by ../"
                return [Finding(ERROR, name, what, "name files by their path below this folder")]
    return []
