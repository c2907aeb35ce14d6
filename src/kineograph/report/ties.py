"""Which scores differ: the interval of the paired difference of two rows, and what is best of a column.

Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 16, on resamples that both rows share.
"""

import math
from typing import Any

import numpy as np

from kineograph.report.rows import number

HIGHER_IS_BETTER = {"source_preservation"}  # rows from before they said so themselves
DISTANCES = ("fvd", "kvd", "clip_distance", "fid", "kid", "kd_", "fd_")  # how a metric's name begins
MOTION = ("motion_distance",)
PART = "_excess"  # a distance less its floor says the same as the distance


def higher_is_better(rows: list[dict[str, Any]], name: str) -> bool | None:
    """Whether more of this metric is better; None where the real clips' own is best."""
    for row in rows:
        told = row.get("higher_is_better") or {}
        found = [metric for metric in told if f"{name}_".startswith(f"{metric}_")]
        if found:  # a part (prdc_recall) is as its metric (prdc)
            return told[max(found, key=len)]
    return name in HIGHER_IS_BETTER


def arrow(rows: list[dict[str, Any]], name: str) -> str:
    """The sign at a column's head: where better is, up, down, or near the real row."""
    return {True: "↑", False: "↓", None: "→"}[higher_is_better(rows, name)]


def difference(one: dict[str, Any], other: dict[str, Any], name: str) -> tuple[float, float] | None:
    """The middle 95 % of one less other; from their intervals where no resamples are shared, None without these.

    The ends of several seeds, or trials, are mean and standard deviation, by which no two rows can be told apart.
    """
    mine, yours = ((row.get("draws") or {}).get(name) for row in (one, other))
    if mine and yours and len(mine) == len(yours):
        values = np.array(mine, dtype=float) - np.array(yours, dtype=float)  # null is nan
        finite = values[np.isfinite(values)]
        if 2 * len(finite) >= len(values):  # as metrics.bootstrap.interval
            low, high = np.quantile(finite, [0.025, 0.975])
            return float(low), float(high)
    ends = [number(row["metrics"].get(f"{name}_{end}")) for row in (one, other) for end in ("low", "high")]
    if any(map(math.isnan, ends)) or any(map(_of_several, (one, other))):
        return None
    return ends[0] - ends[3], ends[1] - ends[2]


def tied(one: dict[str, Any], other: dict[str, Any], name: str) -> bool | None:
    """Whether the difference may be none at all; None where there is no interval to tell it by."""
    span = difference(one, other, name)
    return None if span is None else span[0] <= 0 <= span[1]


def marks(rows: list[dict[str, Any]], name: str) -> list[str | None]:
    """Of the rows trained here: ``best`` for the one that beats every other, or ``tie`` for those that lead together.

    One mark a row; None everywhere where fewer than two rows have the score, where it has no interval, and where
    neither more nor less is better.
    """
    none: list[str | None] = [None] * len(rows)
    trained = [
        place
        for place, row in enumerate(rows)
        if row["kind"] == "trained" and not math.isnan(number(row["metrics"].get(name)))
    ]
    higher = higher_is_better(rows, name)
    if len(trained) < 2 or higher is None:
        return none
    sign = -1 if higher else 1
    best = min(trained, key=lambda place: sign * rows[place]["metrics"][name])
    verdicts = {place: tied(rows[place], rows[best], name) for place in trained if place != best}
    if None in verdicts.values():
        return none
    leading = {best, *(place for place, tie in verdicts.items() if tie)}
    word = "tie" if len(leading) > 1 else "best"
    return [word if place in leading else None for place in range(len(rows))]


def beats(one: dict[str, Any], other: dict[str, Any], name: str, rows: list[dict[str, Any]]) -> bool:
    """Whether one's score is better, and an interval says that it is no tie."""
    mine, yours = number(one["metrics"].get(name)), number(other["metrics"].get(name))
    higher = higher_is_better(rows, name)
    if math.isnan(mine) or math.isnan(yours) or higher is None or tied(one, other, name) is not False:
        return False
    return mine > yours if higher else mine < yours


def motion_warnings(rows: list[dict[str, Any]]) -> list[str]:
    """One line for each pair of models of which one looks better to a distance and moves worse (references may).

    FVD hardly sees motion (Ge et al., arXiv:2404.12391, figure 1), so such a table must not be read by it alone.
    """
    names = dict.fromkeys(name for row in rows for name in row["metrics"])
    ends = ("_low", "_high", PART)
    distances = [name for name in names if name.startswith(DISTANCES) and not name.endswith(ends)]
    motions = [name for name in names if name.startswith(MOTION) and not name.endswith(ends)]
    found = []
    models = [row for row in rows if row["kind"] != "reference"]
    for one in models:
        for other in models:
            if one is other:
                continue
            better = [name for name in distances if beats(one, other, name, rows)]
            worse = [name for name in motions if beats(other, one, name, rows)]
            if better and worse:
                found.append(
                    f"'{one['name']}' beats '{other['name']}' on {', '.join(_pair(one, other, n) for n in better)} but "
                    f"moves worse: {', '.join(_pair(one, other, n) for n in worse)}"
                )
    return found


def _of_several(row: dict[str, Any]) -> bool:
    return (row.get("seeds") or 1) > 1 or int(row["protocol"].get("num_trials") or 1) > 1


def _pair(one: dict[str, Any], other: dict[str, Any], name: str) -> str:
    return f"{name} ({one['metrics'][name]:.3g} against {other['metrics'][name]:.3g})"
