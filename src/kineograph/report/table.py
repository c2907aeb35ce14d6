"""The table of scores, as HTML: value, interval, n and cost of each row, and the command that made it."""

import math
from html import escape
from typing import Any

from kineograph.report.rows import metric_names, number
from kineograph.report.ties import arrow, marks

SECONDS = "seconds_per_clip"  # a metric, but of cost: it stands with the other costs
COSTS = {  # and what they are, where the pointer rests
    "n": "clips",
    "s / clip": "as this evaluation ran it",
    "calls": "passes of the sampled network for one clip",
    "GFLOP": "of matrix products, convolutions and attention for one clip",
    "MiB": "most alive at once in tensors for one clip, without the weights",
    "parameters": "used to sample, the codec's with them",
    "training": "wall time",
    "clips seen": "in training",
}
BETTER = {"↑": "higher is better", "↓": "lower is better", "→": "nearer to the real row is better"}
GROUPS = {"reference": "References, nothing trained", "trained": "Trained here", "shipped": "Shipped weights"}


def table(rows: list[dict[str, Any]]) -> str:
    """One row an animator. The best trained row is set in bold, or marked as tied with the others that it may equal."""
    metrics = [name for name in metric_names(rows) if name != SECONDS]
    marked = {name: marks(rows, name) for name in metrics}
    heads = "".join(f'<th scope="col">{_head(name, arrow(rows, name))}</th>' for name in metrics)
    heads += "".join(f'<th scope="col" class="cost" title="{words}">{name}</th>' for name, words in COSTS.items())
    body, kind = [], None
    for place, row in enumerate(rows):
        if row["kind"] != kind:
            kind = row["kind"]
            width = len(metrics) + len(COSTS) + 1
            body.append(f'<tr class="group"><th colspan="{width}" scope="colgroup">{GROUPS[kind]}</th></tr>')
        cells = "".join(_cell(row, name, marked[name][place]) for name in metrics) + _costs(row)
        name = escape(str(row["name"]))
        body.append(f'<tr><th scope="row"><a href="#command-{place}">{name}</a></th>{cells}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Scores"><table>'
        f'<thead><tr><th scope="col">animator</th>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


def commands(rows: list[dict[str, Any]]) -> str:
    """What to type to get each row again."""
    entries = []
    for place, row in enumerate(rows):
        notes = [str(row["run"])] if row.get("run") else []
        if row.get("codec"):
            notes.append("codec: " + ", ".join(f"{key} {value}" for key, value in row["codec"].items()))
        note = f'<p class="quiet">{escape(" · ".join(notes))}</p>' if notes else ""
        command = escape(str(row.get("command") or "not recorded"))
        name = escape(str(row["name"]))
        entries.append(
            f'<dt id="command-{place}">{name}</dt><dd><pre tabindex="0"><code>{command}</code></pre>{note}</dd>'
        )
    return f'<dl class="commands">{"".join(entries)}</dl>'


def figure(value: float | int) -> str:
    """Three significant digits, as a person writes them; a dash for what is missing."""
    if math.isnan(value):
        return "–"
    if value == 0:
        return "0"
    return fixed(value, decimals(value))


def decimals(value: float | int) -> int:
    """Places after the point that show three significant digits; at most five."""
    return max(0, min(5, 2 - math.floor(math.log10(abs(value))))) if value else 2


def fixed(value: float | int, places: int) -> str:
    return f"{value:.{places}f}".replace("-", "−")


def count(value: float | int) -> str:
    """1 234 567 as 1.23 M; small counts in full."""
    if math.isnan(value):
        return "–"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            scaled = value / (1e3 if letter == "k" else size)
            return f"{figure(scaled)} {letter}"
    return f"{value:,.0f}".replace(",", "\u2009")


def _head(name: str, sign: str) -> str:
    return f'{escape(name.replace("_", " "))}&nbsp;<abbr title="{BETTER[sign]}">{sign}</abbr>'


def _cell(row: dict[str, Any], name: str, mark: str | None) -> str:
    value, low, high = (number(row["metrics"].get(key)) for key in (name, f"{name}_low", f"{name}_high"))
    span = ""
    if not math.isnan(low) and not math.isnan(high):
        places = decimals(value or high)  # the ends of the interval as fine as the value between them
        span = f'<span class="span">{fixed(low, places)} to {fixed(high, places)}</span>'
    text = f"<strong>{figure(value)}</strong>" if mark == "best" else figure(value)
    text += '&nbsp;<abbr title="tied with the best">=</abbr>' if mark == "tie" else ""
    return f"<td>{text}{span}</td>"


def _costs(row: dict[str, Any]) -> str:
    seconds = number(row["metrics"].get(SECONDS, row.get(SECONDS)))
    minutes = number(row.get("train_seconds")) / 60
    cost = row.get("cost") or {}
    cells = [
        count(number(row.get("num_clips"))),
        figure(seconds),
        count(number(cost.get("network_calls"))),
        figure(number(cost.get("gflop"))),
        figure(number(cost.get("peak_mib"))),
        count(number(row.get("parameters"))),
        "–" if math.isnan(minutes) else f"{figure(minutes)} min",
        count(number(row.get("images_seen"))),
    ]
    return "".join(f'<td class="cost">{cell}</td>' for cell in cells)
