"""Training curves as inline SVG: one small plot a logged term, one line a run."""

import csv
import math
from html import escape
from pathlib import Path

from kineograph.report.table import count, figure

CLOCK = "images_seen"
LINE = list[tuple[float, float]]
MAX_POINTS = 120  # of a line; more are averaged in equal spans of the clock
WIDTH, HEIGHT = 300, 130
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 8, 18


def read_log(path: Path) -> dict[str, LINE]:
    """The logged terms, each as (images seen, value); empty cells, words and infinities are left out."""
    lines: dict[str, LINE] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            x = _number(row.get(CLOCK))
            for name, cell in row.items():
                y = _number(cell)
                if name not in (None, CLOCK) and not math.isnan(x) and not math.isnan(y):
                    lines.setdefault(name, []).append((x, y))
    return {name: thinned(line) for name, line in lines.items() if len(line) > 1}


def thinned(line: LINE) -> LINE:
    """At most MAX_POINTS points: means over equal spans of the clock."""
    if len(line) <= MAX_POINTS:
        return line
    start, end = line[0][0], line[-1][0]
    bins: dict[int, LINE] = {}
    for x, y in line:
        bins.setdefault(min(MAX_POINTS - 1, int((x - start) / (end - start or 1) * MAX_POINTS)), []).append((x, y))
    return [
        (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)) for points in bins.values()
    ]


def curves(logs: dict[str, Path]) -> str:
    """All plots as HTML, terms that several runs share first; an empty string where nothing was logged."""
    runs = {name: read_log(path) for name, path in logs.items()}
    terms: dict[str, dict[str, LINE]] = {}
    for run, lines in runs.items():
        for term, line in lines.items():
            terms.setdefault(term, {})[run] = line
    if not terms:
        return ""
    colours = {run: place % 6 for place, run in enumerate(runs)}
    legend = "".join(f'<li class="c{colour}">{escape(run)}</li>' for run, colour in colours.items())
    order = sorted(terms, key=lambda term: -len(terms[term]))  # stable: else as logged
    plots = "".join(_plot(term, terms[term], colours) for term in order)
    return f'<ul class="legend">{legend}</ul><div class="plots">{plots}</div>'


def _plot(term: str, lines: dict[str, LINE], colours: dict[str, int]) -> str:
    xs = [x for line in lines.values() for x, _ in line]
    ys = [y for line in lines.values() for _, y in line]
    left, right, low, high = min(xs), max(xs), min(ys), max(ys)
    if right == left:
        right = left + 1
    flat = high == low

    def place(x: float, y: float) -> str:
        across = LEFT + (x - left) / (right - left) * (WIDTH - LEFT - RIGHT)
        up = 0.5 if flat else (y - low) / (high - low)
        return f"{across:.1f},{HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM):.1f}"

    drawn = "".join(
        f'<polyline class="c{colours[run]}" points="{" ".join(place(x, y) for x, y in line)}"/>'
        for run, line in lines.items()
    )
    said = "; ".join(f"{run} from {figure(line[0][1])} to {figure(line[-1][1])}" for run, line in lines.items())
    floor = HEIGHT - BOTTOM
    return (
        f'<figure><figcaption><span>{escape(term)}</span><span class="quiet">{figure(low)} to {figure(high)}'
        f'</span></figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(f"{term}: {said}")}">'
        f'<path class="axis" d="M{LEFT} {floor}H{WIDTH - RIGHT}M{LEFT} {TOP}H{WIDTH - RIGHT}"/>{drawn}'
        f'<text x="{LEFT}" y="{HEIGHT - 4}">{count(left)}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{count(right)} clips</text></svg></figure>'
    )


def _number(cell: str | None) -> float:
    try:
        value = float(cell or "nan")
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
