"""The table of scores for a paper or a program: the same columns, marks and caption as CSV, JSON and LaTeX."""

import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Any

from kineograph.core.errors import UserError
from kineograph.core.run import write_atomic
from kineograph.report.rows import in_order, metric_names, number, same_protocol, same_task
from kineograph.report.table import decimals
from kineograph.report.ties import arrow, marks, motion_warnings

FACTS = ("name", "kind", "n", "seed", "protocol", "hash")
COSTS = ("parameters", "network_calls", "gflop", "peak_mib")
ARROWS = {"↑": r"$\uparrow$", "↓": r"$\downarrow$", "→": r"$\rightarrow$"}
END = r" \\"
LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
LATEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


class Scores:
    """Rows under one protocol; every row has every column, and a dash where there is no score.

    Raises UserError, naming the fields, for rows of different protocols.
    """

    def __init__(self, rows: list[dict[str, Any]]):
        self.card = same_protocol(rows)
        same_task(rows)
        self.rows = in_order(rows)
        self.metrics = metric_names(self.rows)
        self.arrows = {name: arrow(rows, name) for name in self.metrics}
        self.marks = {name: marks(self.rows, name) for name in self.metrics}
        self.warnings = motion_warnings(self.rows)

    @property
    def caption(self) -> str:
        """What a reader must know to compare: n, size, rate, split, seed, trials, the protocol and its hash."""
        card = self.card
        trials = int(card.get("num_trials") or 1)
        spans = f"mean and standard deviation of {trials} trials" if trials > 1 else "95 % intervals"
        return (
            f"Protocol {card.get('name')} ({card.get('hash')}): n = {self.rows[0].get('num_clips')} "
            f"{str(card.get('split')).replace('_', '-')} clips of {card.get('num_frames')} frames at "
            f"{number(card.get('fps')):g} a second, {card.get('width')} x {card.get('height')} pixels, noise seed "
            f"{card.get('seed')}; {spans}; = marks the best rows whose paired difference has an interval that covers 0."
        )

    def cell(self, row: dict[str, Any], name: str) -> dict[str, Any]:
        """Value, interval and mark; None for what is missing."""
        keys = {"value": name, "low": f"{name}_low", "high": f"{name}_high"}
        numbers = {part: number(row["metrics"].get(key)) for part, key in keys.items()}
        found = {part: None if math.isnan(value) else value for part, value in numbers.items()}
        place = next(place for place, other in enumerate(self.rows) if other is row)
        return {**found, "mark": self.marks[name][place]}

    def facts(self, row: dict[str, Any]) -> list[Any]:
        """The columns before the scores, in the order of FACTS."""
        return [
            row["name"],
            row["kind"],
            row.get("num_clips"),
            self.card.get("seed"),
            self.card.get("name"),
            self.card.get("hash"),
        ]

    def costs(self, row: dict[str, Any]) -> dict[str, Any]:
        """The columns behind the scores, of one clip; None where it was not counted."""
        known = {"parameters": row.get("parameters"), **(row.get("cost") or {})}
        return {name: known.get(name) for name in COSTS}

    def json(self) -> str:
        rows = [
            {
                **dict(zip(FACTS, self.facts(row), strict=True)),
                "scores": {name: self.cell(row, name) for name in self.metrics},
                "cost": self.costs(row),
            }
            for row in self.rows
        ]
        whole = {
            "caption": self.caption,
            "protocol": self.card,
            "columns": [{"name": name, "better": self.arrows[name]} for name in self.metrics],
            "rows": rows,
            "warnings": self.warnings,
        }
        return json.dumps(whole, indent=1, ensure_ascii=False)

    def csv(self) -> str:
        """One line an animator, four columns a metric; the caption's facts and the costs stand in each line."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        heads = [f"{name} {part}" for name in self.metrics for part in (self.arrows[name], "low", "high", "mark")]
        writer.writerow([*FACTS, *heads, *COSTS])
        for row in self.rows:
            cells = [self.cell(row, name) for name in self.metrics]
            numbers = [cell[part] for cell in cells for part in ("value", "low", "high", "mark")]
            numbers += self.costs(row).values()
            writer.writerow([*self.facts(row), *("" if value is None else value for value in numbers)])
        return text.getvalue()

    def latex(self) -> str:
        """A table environment that needs no package."""
        heads = [f"{latex(name)} {ARROWS[self.arrows[name]]}" for name in self.metrics]
        lines = [
            r"\begin{table}",
            r"\centering",
            f"\\caption{{{latex(self.caption)}}}",
            r"\begin{tabular}{l" + "r" * len(heads) + "}",
            r"\hline",
            " & ".join(["", *heads]) + END,
            r"\hline",
        ]
        for row in self.rows:
            cells = [self._latex_cell(row, name) for name in self.metrics]
            lines.append(" & ".join([latex(row["name"]), *cells]) + END)
        lines += [r"\hline", r"\end{tabular}", *(f"% {warning}" for warning in self.warnings), r"\end{table}", ""]
        return "\n".join(lines)

    def write(self, folder: Path) -> list[Path]:
        """The three files. Raises UserError where they cannot be written."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"cannot write to '{folder}': {error.strerror}; set out=DIR") from error
        texts = {"scores.json": self.json(), "scores.csv": self.csv(), "scores.tex": self.latex()}
        for name, text in texts.items():
            write_atomic(folder / name, text)
        return [folder / name for name in texts]

    def _latex_cell(self, row: dict[str, Any], name: str) -> str:
        cell = self.cell(row, name)
        if cell["value"] is None:
            return "--"
        places = decimals(cell["value"])
        text = f"{cell['value']:.{places}f}"
        text = {"best": f"$\\mathbf{{{text}}}$", "tie": f"${text}^{{=}}$", None: f"${text}$"}[cell["mark"]]
        if cell["low"] is None or cell["high"] is None:
            return text
        return f"{text} {{\\scriptsize [{cell['low']:.{places}f}, {cell['high']:.{places}f}]}}"


def latex(text: str) -> str:
    """The text with LaTeX's own signs escaped."""
    return re.sub(r"[\\~^&%$#_{}]", lambda sign: LATEX[sign[0]], text)
