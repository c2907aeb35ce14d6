"""The table of what ``evaluate.py`` found: one line a kind of telling and scale, over seeds."""

import argparse
import csv
import json
import statistics
import sys
from pathlib import Path

from kineograph.core.errors import UserError

NAMES = {
    "text": ("caption_retrieval", "caption_retrieval_at_5", "caption_retrieval_chance"),
    "class": ("class_accuracy", "class_accuracy_chance"),
}


def lines(folder: Path) -> list[dict[str, str | float | int]]:
    """The real row of each kind, then one a scale; a standard deviation where there are two runs.

    Raises UserError where rows of one kind were measured under two protocols.
    """
    found: dict[tuple[str, str], dict[Path, dict]] = {}
    protocols: dict[str, tuple[str | None, Path]] = {}
    for path in sorted(folder.rglob("done.json")):
        done = json.loads(path.read_text())
        first, place = protocols.setdefault(done["told"], (done.get("protocol"), path))
        if done.get("protocol") != first:
            raise UserError(f"{place} and {path} were measured under two protocols; evaluate both with the same words")
        for name, metrics in done["rows"].items():
            row = "real" if name == "real" else f"scale {done['scale']:g}"  # the real one comes with every scale
            found.setdefault((done["told"], row), {})[path.parent.parent] = metrics
    table = []
    for (told, place), runs in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] != "real", item[0][1])):
        line: dict[str, str | float | int] = {"told": told, "row": place, "runs": len(runs)}
        for metric in (*NAMES[told], "clip_distance"):
            values = [row[metric] for row in runs.values() if row.get(metric) is not None]
            if values:
                line[metric] = statistics.mean(values)
            if len(values) > 1:
                line[f"{metric}_sd"] = statistics.stdev(values)
        table.append(line)
    return table


def cell(line: dict[str, str | float | int], name: str) -> str:
    """Mean ± standard deviation, or what there is of it."""
    value = line.get(name, "")
    told = f"{value:.3g}" if isinstance(value, float) else str(value)
    return f"{told} ± {line[f'{name}_sd']:.2g}" if f"{name}_sd" in line else told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    table = lines(options.folder)
    if not table:
        print(f"'{options.folder}' holds no done.json; evaluate.py writes one for each scale", file=sys.stderr)
        return 1
    columns = list(dict.fromkeys(key for line in table for key in line))
    with (options.folder / "table.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    shown = [name for name in columns if not name.endswith("_sd")]
    print("| " + " | ".join(shown) + " |\n|" + "---|" * len(shown))
    for line in table:
        print("| " + " | ".join(cell(line, name) for name in shown) + " |")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        print(f"tabulate: {error}", file=sys.stderr)
        sys.exit(error.code)
