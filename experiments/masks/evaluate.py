"""One model at five tasks: scores one trained run unconditionally, from a picture, from a beginning, between two frames
and between a beginning and an end, each beside `jitter` and `frozen` where a picture is given.

    kineograph train experiment=diffusion/masked_flow            # half an hour on two cores; prints RUN
    python experiments/masks/evaluate.py RUN                     # some minutes; writes experiments/masks/table.md
    python experiments/masks/evaluate.py RUN --clips 16          # a try

Done tasks are not scored again: delete RUN/masks to begin anew.
"""

import argparse
import json
import sys
from pathlib import Path

from kineograph.cli.main import main as kineograph

TASKS = {  # name: what is given
    "unconditional": "nothing",
    "image_to_video": "the first frame",
    "predict": "the first two frames",
    "interpolate": "the first and the last frame",
    "infill": "the first two and the last two frames",
}
METRICS = ["clip_distance", "motion_distance", "warping_error", "psnr"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--clips", type=int, help="how many held-out windows; all if not given")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "table.md")
    options = parser.parse_args()
    lines = [f"| task | given | row | {' | '.join(METRICS)} |", "|---" * (3 + len(METRICS)) + "|"]
    for task, given in TASKS.items():
        folder = options.run / "masks" / (f"{task}-{options.clips}" if options.clips else task)
        if not (folder / "tables").is_dir():  # written last
            words = [f"run={options.run}", f"task={task}", f"metrics=[{','.join(METRICS)}]", f"out={folder}"]
            words += [] if task == "unconditional" else ["references=[jitter,frozen]"]
            words += [f"num_clips={options.clips}"] if options.clips else []
            if code := kineograph(["evaluate", *words]):
                return code
        for path in sorted(folder.glob("*.json")):
            row = json.loads(path.read_text())
            cells = [interval(row["metrics"], name) for name in METRICS]
            lines.append(f"| {task} | {given} | {row['name']} | {' | '.join(cells)} |")
    options.out.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 0


def interval(scores: dict[str, float], name: str) -> str:
    value, low, high = (scores.get(name + end) for end in ("", "_low", "_high"))
    if value is None:
        return "-"
    return f"{value:.3g}" if low is None or high is None else f"{value:.3g} [{low:.3g}, {high:.3g}]"


if __name__ == "__main__":
    sys.exit(main())
