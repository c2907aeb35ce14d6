"""Scores every run of a folder at each scale of guidance; what is there already is not scored again."""

import argparse
import json
import sys
from pathlib import Path

from kineograph.cli.main import main as kineograph

METRICS = {"text": "caption_retrieval", "class": "class_accuracy"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--scales", type=float, nargs="+", default=[0, 1, 2, 4, 8])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("overrides", nargs="*", help="more for kineograph evaluate, such as num_clips=32")
    options = parser.parse_intermixed_args()
    for run in sorted(path.parent for path in options.runs.rglob("config.yaml")):
        if not any((run / "checkpoints").glob("*.ckpt")):
            continue
        told = "text" if "tell_text: true" in (run / "config.yaml").read_text() else "class"
        for scale in options.scales:
            out = options.out / run.relative_to(options.runs) / f"{scale:g}"
            if (out / "done.json").is_file():
                continue
            words = [
                *("evaluate", f"run={run}", f"animator.guidance.scale={scale}"),
                *(f"metrics=[{METRICS[told]},clip_distance]", f"out={out}", *options.overrides),
            ]
            print("kineograph", *words, flush=True)
            if code := kineograph(words):
                return code
            rows = [json.loads(path.read_text()) for path in out.glob("*.json")]
            found = {"told": told, "scale": scale, "rows": {row["name"]: row["metrics"] for row in rows}}
            (out / "done.json").write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
