"""The rows of the table: evaluation results and training logs gathered from files and folders, under one protocol."""

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

from kineograph.core.errors import UserError
from kineograph.metrics.protocol import differences

KINDS = ("reference", "trained", "shipped")
NEEDED = ("name", "kind", "metrics", "protocol")
SHOWN_FIRST = ("real", "frozen", "jitter", "nearest")  # the order of the references


def gather(places: list[Path]) -> tuple[list[dict[str, Any]], dict[str, Path]]:
    """The rows in these files and folders, and each run's training log by the name of its row.

    Paths of previews come back absolute: in a result they count from the folder it lies in. Raises UserError.
    """
    found: dict[Path, dict[str, Any]] = {}
    logs: list[Path] = []
    for place in places:
        if place.is_dir():
            files = sorted(path for path in place.rglob("*.json") if not path.name.startswith("."))
            found |= {path.resolve(): row for path in files if (row := _result(path)) is not None}
            logs += sorted(place.rglob("metrics.csv"))
        elif place.is_file():
            row = _result(place)
            if row is None:
                raise UserError(f"{place}: not an evaluation result: it needs {', '.join(NEEDED)}")
            found[place.resolve()] = row
        else:
            raise UserError(f"{place}: no such file or folder")
    rows: list[dict[str, Any]] = []
    for row in found.values():  # two evaluations may each have measured the references
        if row["kind"] != "reference" or not any(_same(row, other) for other in rows):
            rows.append(row)
    if not rows:
        raise UserError(f"no evaluation result in {', '.join(map(str, places))}; make one with: kineograph evaluate")
    runs = {Path(row["run"]).resolve(): row["name"] for row in rows if row.get("run")}
    curves = {name: run / "metrics.csv" for run, name in runs.items() if (run / "metrics.csv").is_file()}
    curves |= {runs.get(log.parent.resolve(), log.parent.name): log for log in logs}
    return rows, curves


def same_protocol(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The one protocol card of all rows. Raises UserError that names the fields in which two cards differ, or the
    settings of a metric that both rows have. Rows of earlier versions do not say how their metrics were set."""
    first = rows[0]
    settings: dict[str, tuple[str, Any]] = {}
    for row in rows:
        mine, yours = first["protocol"], row["protocol"]
        if mine.get("hash") != yours.get("hash"):
            differing = "; ".join(differences(mine, yours)) or "only the hash"
            raise UserError(
                f"'{first['name']}' and '{row['name']}' were not measured under one protocol ({differing}); "
                "evaluate both under the same one"
            )
        for name, own in (row.get("settings") or {}).items():
            other, known = settings.setdefault(name, (row["name"], own))
            if own != known:
                raise UserError(
                    f"'{other}' and '{row['name']}' were not measured with one {name} ({_apart(known, own)}); evaluate "
                    "both with the same settings"
                )
    return first["protocol"]


def same_task(rows: list[dict[str, Any]]) -> None:
    """Raises UserError where animators were given different things. Rows of earlier versions do not say what.

    References make nothing of a label or a caption: of theirs only the name counts.
    """
    known = [row for row in rows if row.get("task")]
    told = [row for row in known if row["kind"] != "reference"]
    pairs = [(row, other, row["task"] == other["task"]) for row, other in pairwise(told)]
    pairs += [(row, other, row["task"]["name"] == other["task"]["name"]) for row, other in pairwise(known)]
    for row, other, same in pairs:
        if not same:
            raise UserError(
                f"'{row['name']}' was given {row['task']} and '{other['name']}' {other['task']}; evaluate both with "
                "one task=NAME"
            )


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """References first (the real floor at the top), then trained rows, then shipped ones; else as given."""

    def place(row: dict[str, Any]) -> tuple[int, int]:
        known = SHOWN_FIRST.index(row["name"]) if row["name"] in SHOWN_FIRST else len(SHOWN_FIRST)
        return KINDS.index(row["kind"]), known if row["kind"] == "reference" else 0

    return sorted(rows, key=place)


def metric_names(rows: list[dict[str, Any]]) -> list[str]:
    """Every metric of any row, in order of appearance; the ends of intervals are no metrics of their own."""
    names = dict.fromkeys(name for row in rows for name in row["metrics"])
    ends = {f"{name}_{end}" for name in names for end in ("low", "high")}
    return [name for name in names if name not in ends]


def number(value: Any) -> float:
    """A finite number, or nan for whatever is missing."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else math.nan


def _apart(one: Any, other: Any) -> str:
    """Where two settings differ, as KEY 1 != 2."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
        return "; ".join(f"{key} {_apart(one.get(key), other.get(key))}" for key in keys)
    return f"{one} != {other}"


def _same(row: dict[str, Any], other: dict[str, Any]) -> bool:
    """One reference, measured twice: equal in all but the time it took."""
    facts = [
        (r["name"], r["kind"], r["protocol"].get("hash"), {k: v for k, v in r["metrics"].items() if "seconds" not in k})
        for r in (row, other)
    ]
    return facts[0] == facts[1]


def _result(path: Path) -> dict[str, Any] | None:
    try:
        row = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(row, dict) or any(key not in row for key in NEEDED):
        return None
    if row["kind"] not in KINDS or not isinstance(row["metrics"], dict) or not isinstance(row["protocol"], dict):
        raise UserError(f"{path}: 'kind' is one of {', '.join(KINDS)}; 'metrics' and 'protocol' are mappings")
    previews = [{**preview, "film": str(path.parent / preview["film"])} for preview in row.get("previews") or []]
    return {**row, "previews": previews}
