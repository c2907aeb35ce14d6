"""``kineograph evaluate --explain``: one run under every protocol that its clips allow, and how far the scores spread.

Published numbers of one method on one data set differ by 1.2 to 10 times for such reasons alone.
"""

import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from kineograph.cli.compose import compose, group_choices
from kineograph.cli.scoring import FOLDER, Scoring, plain_of
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.run import write_atomic
from kineograph.report.rows import metric_names, number
from kineograph.report.table import figure

GROUP = "metrics/protocol"


def explain(settings: Any, models: list, data: dict, device: str, config_dirs: list[str]) -> int:
    """Scores the one run under each preset, with the metrics at hand in place of the preset's own network.

    num_clips is a quick look: a preset that wants more clips is given as many.
    """
    if len(models) != 1:
        raise UserError(f"--explain is about one run, and {len(models)} were given; write run=RUN or shipped=gan")
    settings = settings.copy()
    settings.real, settings.references = False, {}
    rows, refused = {}, {}
    for name in group_choices(config_dirs)[GROUP]:
        wanted = build(plain_of(compose("evaluate", [f"{GROUP}={name}"], config_dirs).config)["protocol"])
        fewer = wanted.fewer_clips or settings.num_clips is not None
        card = replace(wanted, extractors={}, fewer_clips=fewer)
        try:
            scoring = Scoring(settings=settings, data=data, protocol=card, device=device)
            [(row, _, _)] = scoring.measured(models)
        except UserError as error:
            refused[name] = " ".join(str(error).split())
        except RuntimeError as error:  # a network that cannot take this shape
            refused[name] = f"the animator cannot: {' '.join(str(error).split())[:120]}"
        else:
            missing = sorted(set(wanted.extractors) - {used.split(" ")[0] for used in scoring.extractors})
            row["instead_of"] = missing
            rows[name] = {key: value for key, value in row.items() if key != "draws"}
    spread = spread_of(rows)
    target = Path(settings.out or FOLDER) / "explain.json"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to '{target.parent}': {error.strerror}; set out=DIR") from error
    write_atomic(target, json.dumps({"rows": rows, "impossible": refused, "spread": spread}, indent=1))
    _print(models[0].name, rows, refused, spread)
    print(f"evaluate: {target}", file=sys.stderr, flush=True)
    return 0


def spread_of(rows: dict[str, dict]) -> dict[str, dict[str, Any]]:
    """Of each metric the least and the largest score, under which protocol, and their ratio where both are positive."""
    found: dict[str, dict[str, Any]] = {}
    for metric in metric_names(list(rows.values())):
        values = {name: number(row["metrics"].get(metric)) for name, row in rows.items()}
        values = {name: value for name, value in values.items() if not math.isnan(value)}
        if len(values) > 1:
            least, most = min(values, key=lambda name: values[name]), max(values, key=lambda name: values[name])
            ratio = values[most] / values[least] if values[least] > 0 else None
            found[metric] = {"least": least, "most": most, "ratio": ratio}
            found[metric] |= {"from": values[least], "to": values[most]}
    return found


def _print(name: str, rows: dict[str, dict], refused: dict[str, str], spread: dict[str, dict]) -> None:
    """A column a protocol; below, in one line each, what is not as in the paper and what is impossible."""
    table = Table("", *rows, "most / least", title=f"{name} under {len(rows)} protocols")
    table.add_row("hash", *(row["protocol"]["hash"] for row in rows.values()), "")
    table.add_row("clips", *(str(row["num_clips"]) for row in rows.values()), "")
    for metric in metric_names(list(rows.values())):
        scores = (figure(number(row["metrics"].get(metric))) for row in rows.values())
        ratio = spread.get(metric, {}).get("ratio")
        table.add_row(metric, *scores, "–" if ratio is None else f"{figure(ratio)} x")
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    for protocol, row in rows.items():
        if row["instead_of"]:
            networks = ", ".join(row["instead_of"])
            console.print(f"{protocol}: {networks} is not among these metrics, which stand in for it", highlight=False)
    for protocol, why in refused.items():
        console.print(f"{protocol}: {why}", highlight=False)
