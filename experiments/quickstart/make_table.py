"""The quickstart's table from the rows that ``kineograph evaluate`` wrote, held against expected.csv.

expected.csv has the columns name, metric, value, low, high: one line a number, with its bootstrap interval.
"""

import argparse
import csv
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
COLUMNS = {
    "clip_distance": "clip distance ↓",
    "clip_distance_excess": "over the floor ↓",
    "motion_distance": "motion distance ↓",
    "kid_efflite0": "kid_efflite0 ↓",
    "source_preservation": "source preservation ↑",
    "seconds_per_clip": "s / clip ↓",
}
BEGIN, END = "<!-- results: begin", "<!-- results: end -->"

Rows = dict[str, dict[str, tuple[float, float, float]]]  # name -> metric -> value, low, high


def gather(places: list[Path]) -> Rows:
    """The rows in these result files, or in folders of them; the references first."""
    files = [file for place in places for file in (sorted(place.rglob("*.json")) if place.is_dir() else [place])]
    results = [result for file in files if isinstance(result := json.loads(file.read_text()), dict)]
    results = [result for result in results if {"name", "kind", "metrics", "protocol"} <= result.keys()]
    results.sort(key=lambda result: ("reference", "trained", "shipped").index(result["kind"]))
    rows: Rows = {}
    for result in results:
        numbers = result["metrics"]
        rows[result["name"]] = {
            metric: (numbers[metric], numbers.get(f"{metric}_low", value), numbers.get(f"{metric}_high", value))
            for metric, value in numbers.items()
            if metric in COLUMNS
        }
    return rows


def read(path: Path) -> Rows:
    """The expected rows."""
    rows: Rows = {}
    with path.open(newline="") as file:
        for line in csv.DictReader(file):
            numbers = float(line["value"]), float(line["low"]), float(line["high"])
            rows.setdefault(line["name"], {})[line["metric"]] = numbers
    return rows


def write(path: Path, rows: Rows) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "metric", "value", "low", "high"])
        for name, row in rows.items():
            writer.writerows(
                [name, metric, *(f"{number:.6g}" for number in numbers)] for metric, numbers in row.items()
            )


def table(rows: Rows) -> str:
    shown = [metric for metric in COLUMNS if any(metric in row for row in rows.values())]
    lines = ["| | " + " | ".join(COLUMNS[metric] for metric in shown) + " |", "|---|" + "---|" * len(shown)]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(cell(row.get(metric)) for metric in shown) + " |")
    return "\n".join(lines)


def cell(number: tuple[float, float, float] | None) -> str:
    if number is None:
        return ""
    value, low, high = number
    return f"{value:.3g}" + (f" ({low:.3g} to {high:.3g})" if low < high else "")


def surprises(rows: Rows, expected: Rows) -> list[str]:
    """What lies outside the interval that is expected of it."""
    found = []
    for name, row in expected.items():
        for metric, (value, low, high) in row.items():
            if name not in rows or metric not in rows[name]:
                found.append(f"{name}: no {metric}")
            elif low < high and not low <= rows[name][metric][0] <= high:
                found.append(
                    f"{name}: {metric} is {rows[name][metric][0]:.4g}, expected {value:.4g} ({low:.4g} to {high:.4g})"
                )
    return found


def write_between_markers(page: str, text: str) -> str:
    pattern = re.compile(rf"({re.escape(BEGIN)}[^\n]*\n).*?({re.escape(END)})", re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"the page has no lines '{BEGIN} ...' and '{END}'")
    return pattern.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=Path, nargs="+", help="results of kineograph evaluate, or folders of them")
    parser.add_argument("--expected", type=Path, default=HERE / "expected.csv")
    parser.add_argument("--readme", action="store_true", help="write the table into the README")
    parser.add_argument("--accept", action="store_true", help="make these rows the expected ones")
    options = parser.parse_args(argv)
    rows = gather(options.rows)
    print(table(rows))
    if options.readme:
        README.write_text(write_between_markers(README.read_text(), table(rows)))
    if options.accept:
        write(options.expected, rows)
        return 0
    found = surprises(rows, read(options.expected))
    print("\n".join(["", *found] if found else ["", "as expected"]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
