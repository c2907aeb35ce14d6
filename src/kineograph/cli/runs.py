"""``kineograph runs list | compare | show | diff``: what lies in the run folders of this machine."""

import argparse
import fnmatch
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kineograph.core.errors import UserError
from kineograph.core.run import STATES, Run, read_json
from kineograph.runtime.registry import OWN, differences, final, find, summary

COLOURS = {"finished": "green", "running": "cyan", "pruned": "cyan", "prepared": "", "preempted": "yellow"}  # else red
COLUMNS = 8  # that fit beside each other


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("kineograph runs", description="The run folders of this machine.")
    verbs = parser.add_subparsers(required=True, metavar="list | compare | show | diff")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="as JSON, for programs")
    choose = argparse.ArgumentParser(add_help=False)
    choose.add_argument("places", nargs="*", type=Path, default=[Path("runs")], metavar="DIR", help="default: runs")
    words = argparse.ArgumentParser(add_help=False)
    words.add_argument("--metrics", nargs="+", metavar="PATTERN", default=["*"], help="such as 'eval/*'")

    listing = verbs.add_parser("list", parents=[choose, shared], help="one line a run, the oldest first")
    listing.add_argument("--state", choices=[*STATES, "prepared", "killed", "broken"], help="only runs in this state")
    listing.set_defaults(act=list_runs)
    comparing = verbs.add_parser(
        "compare", parents=[choose, words, shared], help="what runs were told differently, and what they reached"
    )
    comparing.set_defaults(act=compare)
    showing = verbs.add_parser("show", parents=[shared], help="all that is known of one run")
    showing.add_argument("run", type=Path)
    showing.set_defaults(act=show)
    diffing = verbs.add_parser("diff", parents=[shared], help="two runs: configuration, commit, versions, metrics")
    diffing.add_argument("first", type=Path, metavar="RUN")
    diffing.add_argument("second", type=Path, metavar="RUN")
    diffing.set_defaults(act=diff)

    options = parser.parse_args(argv)
    return options.act(options)


def list_runs(options: argparse.Namespace) -> int:
    rows = [summary(path) for path in find(options.places)]
    rows = [row for row in rows if options.state in (None, row["state"])]
    rows.sort(key=lambda row: str(row.get("started") or ""))
    if options.json:
        return _json(rows)
    folder, names = _names(rows)
    table = Table("run", "state", "images", "minutes", "commit", "overrides or error", title=escape(folder))
    for name, row in zip(names, rows):
        told = [word for word in row.get("overrides") or [] if word.partition("=")[0] not in OWN]
        words = row["error"] or " ".join(told)
        images, seconds = row.get("images_seen"), row.get("train_seconds")
        table.add_row(
            escape(name),
            coloured(row["state"]),
            f"{images:,}" if isinstance(images, int) else "",
            f"{seconds / 60:.1f}" if isinstance(seconds, int | float) else "",
            str(row.get("commit") or "")[:8],
            escape(words),
        )
    _print(table)
    counts = Counter(row["state"] for row in rows)
    print(f"{len(rows)} runs" + "".join(f", {count} {state}" for state, count in counts.items()))
    return 0


def compare(options: argparse.Namespace) -> int:
    """The keys in which the runs' configurations differ, then the metrics that they reached.

    One line a run, or, where there are more keys than runs and than fit beside each other, one line a key.
    """
    rows = [row for row in map(summary, find(options.places)) if row["state"] != "broken"]
    if not rows:
        raise UserError(f"there is no run in {', '.join(map(str, options.places))}")
    differing = differences([Run.open(row["run"]).config() for row in rows])
    for place, row in enumerate(rows):
        row["config"] = {key: values[place] for key, values in differing.items()}
        reached = final(Path(row["run"]))
        row["metrics"] = {
            name: value
            for name, value in reached.items()
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in options.metrics)
        }
    if options.json:
        return _json(rows)
    metrics = list(dict.fromkeys(name for row in rows for name in row["metrics"]))
    folder, names = _names(rows)
    lines = [["run", "state", *(escape(key) for key in [*differing, *metrics])]]
    for run, row in zip(names, rows):
        told = [_cell(value) for value in row["config"].values()]
        reached = [_cell(row["metrics"].get(name, "")) for name in metrics]
        lines.append([escape(run), coloured(row["state"]), *told, *reached])
    if len(lines[0]) > max(COLUMNS, len(lines)):
        lines = [list(column) for column in zip(*lines)]
    table = Table(*lines[0], title=escape(folder))
    for line in lines[1:]:
        table.add_row(*line)
    _print(table)
    return 0


def show(options: argparse.Namespace) -> int:
    run = Run.open(options.run)
    known: dict[str, Any] = summary(run.path)
    if known["state"] == "broken":
        raise UserError(f"'{run.path}' is broken: {known['error']}")
    known |= {
        "choices": read_json(run.path / "overrides.json").get("choices", {}),
        "facts": run.facts(),
        "checkpoints": [path.name for path in sorted(run.checkpoints.glob("*.ckpt"))],
        "metrics": final(run.path),
    }
    if options.json:
        return _json(known)
    table = Table("what", "value", title=escape(run.path.name), show_header=False)
    for key, value in known.items():
        if isinstance(value, dict):
            table.add_section()
            for word, child in value.items():
                table.add_row(f"{key}.{escape(str(word))}", _cell(child))
        elif value not in (None, []):
            table.add_row(key, coloured(value) if key == "state" else _cell(value))
    _print(table)
    return 0


def diff(options: argparse.Namespace) -> int:
    runs = [Run.open(options.first), Run.open(options.second)]
    facts = [run.facts() for run in runs]
    beside = [{key: fact.get(key) for key in ("git_commit", "versions", "python", "allowed")} for fact in facts]
    for run, row in zip(runs, beside):
        change = run.path / "git.diff"
        row["uncommitted changes"] = change.read_text(errors="replace") if change.is_file() else None
    parts = {
        "config": differences([run.config() for run in runs]),
        "facts": differences(beside),
        "metrics": differences([final(run.path) for run in runs]),
    }
    if options.json:
        return _json(parts)
    table = Table("what", *(escape(run.path.name) for run in runs))
    for part, rows in parts.items():
        table.add_section()
        for key, values in rows.items():
            if key == "uncommitted changes":
                values = ["none" if value is None else f"{value.count(chr(10))} lines of git.diff" for value in values]
            table.add_row(f"{part}: {escape(key)}", *map(_cell, values))
    _print(table)
    return 0


def coloured(state: str) -> str:
    colour = COLOURS.get(state, "red")
    return f"[{colour}]{state}[/]" if colour else state


def _names(rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """The folder that holds all these runs, and what each is called in it."""
    if not rows:
        return "", []
    folder = os.path.commonpath([os.path.dirname(os.path.abspath(row["run"])) for row in rows])
    return folder, [os.path.relpath(row["run"], folder) for row in rows]


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(" ".join(str(value).split()))


def _json(value: Any) -> int:
    print(json.dumps(value, indent=1, default=str))
    return 0


def _print(table: Table) -> None:
    Console(width=None if sys.stdout.isatty() else 200).print(table)
