"""The registry of runs: the run folders themselves, read as they lie; nothing else keeps a list."""

import csv
import math
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kineograph.core.errors import UserError
from kineograph.core.run import Run, born, read_json

MARKS = {
    "config.yaml",
    "facts.json",
    "status.json",
    "overrides.json",
}  # any of them makes a folder a run, if a broken one
CLOCK = "images_seen"
OWN = ("run_dir", "runs", "name")  # differ between any two runs and tell nothing


def find(places: list[Path]) -> Iterator[Path]:
    """Every run folder in these folders, at any depth; what lies inside a run is its own. Raises UserError."""
    for place in places:
        if not place.is_dir():
            raise UserError(f"there is no folder '{place}'")
        yield from _below(place)


def _below(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder  # told as broken
        return
    if MARKS & {entry.name for entry in entries} or not entries:  # an empty one was claimed and never described
        yield folder
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _below(Path(entry.path))


def summary(path: Path) -> dict[str, Any]:
    """One run in a few words, from its small files alone; a folder that cannot be read has the state ``broken``."""
    run = Run(path)
    try:
        if not (path / "config.yaml").is_file():
            raise UserError("it has no config.yaml")
        status, facts, words = run.status(), run.facts(), read_json(path / "overrides.json")
    except (UserError, OSError) as error:
        return {"run": str(path), "name": path.name, "state": "broken", "error": " ".join(str(error).split())}
    return {
        "run": str(path),
        "name": facts.get("name") or path.name,
        "state": state(status),
        CLOCK: status.get(CLOCK),
        "train_seconds": status.get("train_seconds"),
        "seed": facts.get("seed"),
        "commit": facts.get("git_commit"),
        "started": facts.get("started"),
        "overrides": words.get("overrides", []),
        "error": status.get("error"),
    }


def state(status: Mapping[str, Any]) -> str:
    """What a run's status means now: ``prepared`` before the first start, ``killed`` where its process has gone."""
    told = str(status.get("state", "prepared"))
    return "killed" if told == "running" and not at_work(status) else told


def at_work(status: Mapping[str, Any]) -> bool:
    """Whether some process trains this run, as far as one can tell from here: other machines are believed."""
    pid = status.get("pid")
    if status.get("state") != "running" or status.get("host") != socket.gethostname() or not isinstance(pid, int):
        return status.get("state") == "running"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    told, found = status.get("born"), born(pid)
    return None in (told, found) or told == found  # numbers come again, in a container at every start


def series(path: Path) -> dict[str, list[tuple[int, float]]]:
    """Each term of RUN/metrics.csv as (images seen, value), without half-written rows and empty cells."""
    found: dict[str, list[tuple[int, float]]] = {}
    try:
        text = (path / "metrics.csv").read_text(errors="replace")
    except OSError:
        return {}
    for row in csv.DictReader(text[: text.rfind("\n") + 1].splitlines()):
        clock = row.pop(CLOCK, None) or ""
        for name, cell in row.items():
            if clock.isdigit() and isinstance(cell, str) and not math.isnan(value := _number(cell)):
                found.setdefault(name, []).append((int(clock), value))
    return found


def final(path: Path) -> dict[str, float]:
    """The last value of each term that a run logged, and what ``kineograph evaluate`` left there of its own films."""
    values = {name: line[-1][1] for name, line in series(path).items()}
    for file in sorted((path / "evaluations").glob("*.json")):
        try:
            row = read_json(file)
        except UserError:
            continue
        if row.get("kind") == "reference" or row.get("procedure"):  # which lie there too: of others, or made otherwise
            continue
        if isinstance(row.get("metrics"), dict) and "protocol" in row:  # the periodic ones are in metrics.csv
            values |= {name: value for name, value in row["metrics"].items() if isinstance(value, int | float)}
    return values


def differences(configs: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The dotted keys in which configurations differ, with each one's value; None where it has no such key."""
    flat = [dict(leaves(config)) for config in configs]
    keys = dict.fromkeys(key for tree in flat for key in tree)
    found = {key: [tree.get(key) for tree in flat] for key in keys if key not in OWN}
    own = [str(config.get("run_dir")) for config in configs]
    plain = {key: [_without(value, folder) for value, folder in zip(row, own)] for key, row in found.items()}
    return {key: row for key, row in found.items() if any(value != plain[key][0] for value in plain[key])}


def leaves(tree: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a nested mapping with its dotted key; a list is one value."""
    if not isinstance(tree, dict) or not tree:
        yield place, tree
        return
    for key, child in tree.items():
        yield from leaves(child, f"{place}.{key}" if place else str(key))


def _without(value: Any, folder: str) -> Any:
    return value.removeprefix(folder) if isinstance(value, str) else value


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
