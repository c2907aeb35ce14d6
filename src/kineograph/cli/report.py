"""``kineograph report RUN_OR_EVALUATION... -o page.html``: one self-contained page over runs and evaluations."""

import argparse
from pathlib import Path

from kineograph.report.page import report
from kineograph.report.rows import gather


def main(argv: list[str]) -> int:
    """Writes the page and prints where it is."""
    parser = argparse.ArgumentParser("kineograph report", description="one HTML page over runs and evaluations")
    parser.add_argument("places", nargs="+", type=Path, metavar="PLACE", help="evaluations and run folders")
    parser.add_argument("-o", "--out", type=Path, default=Path("report.html"), help="default: %(default)s")
    options = parser.parse_args(argv)
    rows, curves = gather(options.places)
    print(report(rows, curves, options.out).resolve())
    return 0
