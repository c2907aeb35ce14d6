"""One model at five tasks: scores trained runs unconditionally, from a picture, from a beginning, between two frames
and between a beginning and an end, each beside what needs no training and what was not trained.

    python experiments/masks/evaluate.py RUN...              # of masked_flow and masked_gan, and untrained ones
    python experiments/masks/evaluate.py RUN... --clips 16   # a try

Runs of one name are seeds of one row; NAME untrained is what a row must beat. What is scored is not scored again, but
where its run has seen more since, or other metrics are asked for.
"""

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from run import joined, texts

from kineograph.cli.main import main as kineograph
from kineograph.core.errors import UserError
from kineograph.core.run import Run, read_json, write_atomic
from kineograph.report.rows import gather, in_order, same_protocol

TASKS = ["unconditional", "image_to_video", "predict", "interpolate", "infill"]
METRICS = ["kid_efflite0", "clip_distance", "motion_distance", "prdc_efflite0", "psnr", "seconds_per_clip"]


def scored(out: Path, run: Path | None) -> bool:
    """Whether ``out`` holds rows of all metrics, of a run (None: of references) that has seen nothing since."""
    rows = [read_json(path) for path in out.glob("*.json")]
    if not rows or not (out / "tables").is_dir():  # which are written last
        return False
    if any(set(row.get("higher_is_better", {})) != set(METRICS) for row in rows):
        return False
    return run is None or {row.get("images_seen") for row in rows} == {Run(run).status().get("images_seen")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--clips", type=int, help="how many held-out windows; all if not given")
    parser.add_argument("--out", type=Path, default=Path("evaluations/masks"))
    options = parser.parse_args()
    names: dict[str, list[Path]] = {}
    for run in options.runs:
        names.setdefault(Run.open(run).config()["name"], []).append(run)
    tables = {}
    for task in TASKS:
        folder = options.out / (f"{task}-{options.clips}" if options.clips else task)
        shared = [f"task={task}", f"metrics=[{','.join(METRICS)}]"]
        shared += [f"num_clips={options.clips}"] if options.clips else []
        drawn = "drawn_" if task == "unconditional" else ""  # where no picture is given, one of the training clips
        named = [f"references=[{drawn}frozen,{drawn}jitter]", f"run=[{options.runs[0]}]"]
        parts: list[tuple[Path, Path | None, list[str]]] = [(folder / "references", None, named)]
        parts += [(folder / run.parent.name / run.name, run, [f"run=[{run}]", "real=false"]) for run in options.runs]
        for out, of, words in parts:
            if scored(out, of):
                continue
            shutil.rmtree(out / "tables", ignore_errors=True)
            for path in out.glob("*.json"):  # of other metrics, or of the run before it went on
                path.unlink()
            if code := kineograph(["evaluate", *shared, *words, f"out={out}"]):
                return code
        found, _ = gather([folder / "references"])
        rows = [row for row in found if row["kind"] == "reference"]  # beside them lies the run that told the protocol
        most = max(map(len, names.values()))
        for row in rows:
            row["draws"] = {name: list(draws) * most for name, draws in row["draws"].items()}
        for name, runs in names.items():
            own, _ = gather([folder / run.parent.name / run.name / f"{name}.json" for run in runs])
            rows.append(joined(own, runs, most))
        same_protocol(rows)
        tables[task] = in_order(rows)
    written = "\n".join(texts(tables).values())
    write_atomic(options.out / "tables.md", written)
    print(written)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        print(f"masks: {error}", file=sys.stderr)
        sys.exit(error.code)
