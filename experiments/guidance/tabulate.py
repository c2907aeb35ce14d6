"""The table of what ``evaluate.py`` found: one line a kind of telling and scale, over seeds."""

import argparse
import csv
import json
import statistics
import sys
from pathlib import Path

NAMES = {
    "text": ("caption_retrieval", "caption_retrieval_at_5", "caption_retrieval_chance"),
    "class": ("class_accuracy", "class_accuracy_chance"),
}


def lines(folder: Path) -> list[dict[str, str | float | int]]:
    """The real row of each kind, then one a scale."""
    found: dict[tuple[str, str], list[dict]] = {}
    for path in sorted(folder.rglob("done.json")):
        done = json.loads(path.read_text())
        for name, metrics in done["rows"].items():
            place = "real" if name == "real" else f"scale {done['scale']:g}"
            found.setdefault((done["told"], place), []).append(metrics)
    table = []
    for (told, place), rows in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] != "real", item[0][1])):
        line: dict[str, str | float | int] = {"told": told, "row": place, "runs": len(rows)}
        for metric in (*NAMES[told], "clip_distance"):
            values = [row[metric] for row in rows if row.get(metric) is not None]
            if values:
                line[metric] = statistics.mean(values)
                line[f"{metric}_sd"] = statistics.stdev(values) if len(values) > 1 else 0.0
        table.append(line)
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    table = lines(options.folder)
    columns = list(dict.fromkeys(key for line in table for key in line))
    with (options.folder / "table.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    shown = [name for name in columns if not name.endswith("_sd")]
    print("| " + " | ".join(shown) + " |\n|" + "---|" * len(shown))
    for line in table:
        cells = [
            f"{line[name]:.3g} ± {line[f'{name}_sd']:.2g}" if f"{name}_sd" in line else str(line.get(name, ""))
            for name in shown
        ]
        print("| " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
