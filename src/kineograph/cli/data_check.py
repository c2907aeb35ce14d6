"""``kineograph data validate | inspect``: what is wrong with films, as a table, and a page that shows them."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import OmegaConf
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kineograph.core.build import conf_dir, suggest
from kineograph.core.errors import ConfigError
from kineograph.data.check.film_findings import of_film, too_short
from kineograph.data.check.finding import ERROR, WARNING, Finding, Seen
from kineograph.data.check.folder import of_folder
from kineograph.data.check.look import watch
from kineograph.data.check.set_findings import of_set
from kineograph.data.check.store import is_store, of_store
from kineograph.data.films import Films
from kineograph.report.data_page import data_page

DRAWN = 200  # films looked at of a source that draws them when asked for


def validate(path: Path, clip: str, num_processes: int, seconds: float) -> int:
    """Prints what is wrong; 1 where something must not be trained on."""
    length = clip_seconds(clip)
    seen, findings = look_over(path, num_processes, seconds)
    return tell(path, seen, findings + short(seen, length, clip))


def inspect(path: Path | None, source: Any, clip: str, num_processes: int, seconds: float, out: Path) -> int:
    """The same, and a page with statistics and a contact sheet, whose place is printed last."""
    length = clip_seconds(clip)
    if path is None:
        films = source.open()
        path = getattr(films, "folder", None)
    if path is None:
        path, (seen, findings) = Path(type(source).__name__), drawn(films)
    else:
        seen, findings = look_over(path, num_processes, seconds)
    findings += short(seen, length, clip)
    code = tell(path, seen, findings)
    print(data_page(str(path), seen, in_order(findings), out).resolve())
    return code


def look_over(path: Path, num_processes: int, seconds: float) -> tuple[list[Seen], list[Finding]]:
    """A prepared store, or films as they come."""
    return of_store(path) if is_store(path) else of_folder(path, num_processes, seconds)


def drawn(films: Films) -> tuple[list[Seen], list[Finding]]:
    """Films that lie in no file: the first DRAWN of them."""
    seen = []
    for index, film in enumerate(films.films[:DRAWN]):
        times = np.arange(film.num_frames) / film.fps
        frames = films.read(index, times)
        coloured = np.repeat(frames, 3, axis=3) if frames.shape[3] == 1 else frames
        shown = watch(zip(times.tolist(), coloured, strict=True), str(film.key), lambda: None)
        label = films.classes[film.label] if film.label >= 0 else ""
        seen.append(shown._replace(split=film.split, group=film.group, label=label))
    return seen, [finding for film in seen for finding in of_film(film)] + of_set(seen, "the drawn films")


def clip_seconds(clip: str) -> float:
    """How long a clip of ``clip=NAME`` is, from its first frame to its last."""
    names = sorted(path.stem for path in (conf_dir() / "clip").glob("*.yaml") if not path.stem.startswith("_"))
    if clip not in names:
        raise ConfigError(f"there is no clip '{clip}'.{suggest(clip, names)} Choices: {', '.join(names)}")
    shape = OmegaConf.load(conf_dir() / "clip" / f"{clip}.yaml")
    return (shape.num_frames - 1) / shape.fps


def short(seen: list[Seen], length: float, clip: str) -> list[Finding]:
    """Films too short for the clip; named together where they are many."""
    found = [finding for film in seen for finding in too_short(film, length)]
    return [finding._replace(what=f"{finding.what} (clip={clip})") for finding in found]


def in_order(findings: list[Finding]) -> list[Finding]:
    """Errors first, then by file."""
    return sorted(findings, key=lambda finding: (finding.severity != ERROR, finding.file, finding.what))


def tell(path: Path, seen: list[Seen], findings: list[Finding]) -> int:
    """A table on a terminal, else one line a finding; then one line that counts."""
    console = Console()
    table = Table("", "file", "what", "how to mend")
    for finding in in_order(findings):
        row = [printable(text) for text in finding]
        if console.is_terminal:
            table.add_row(*map(Text, row), style="red" if finding.severity == ERROR else "yellow")
        else:
            print(f"{row[0]}: {row[1]}: {row[2]}; {row[3]}")
    if table.row_count:
        console.print(table)
    counts = Counter(finding.severity for finding in findings)
    frames = sum(film.frames for film in seen)
    said = f"{counts[ERROR]} errors, {counts[WARNING]} warnings" if findings else "sound"
    print(f"{printable(str(path))}: {len(seen)} films, {frames} frames: {said}")
    return 1 if counts[ERROR] else 0


def printable(text: str) -> str:
    """One line that any terminal shows, whatever bytes a file's name has."""
    line = " ".join(text.split()).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
