"""Scores every run of a folder at each scale of guidance; what was scored with the same words is not scored again."""

import argparse
import json
import sys
from pathlib import Path

from kineograph.cli.main import main as kineograph
from kineograph.core.run import Run, read_json

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
            metrics = f"metrics=[{METRICS[told]},clip_distance]"
            asked = [f"animator.guidance.scale={scale}", metrics, *options.overrides]
            made_by = {"asked": asked, "images_seen": Run(run).status().get("images_seen")}
            done = read_json(out / "done.json")
            if all(done.get(key) == value for key, value in made_by.items()):
                continue
            for path in out.glob("*.json"):  # of other words, or of the run before it went on
                path.unlink()
            words = ["evaluate", f"run={run}", *asked, f"out={out}"]
            print("kineograph", *words, flush=True)
            if code := kineograph(words):
                return code
            rows = [json.loads(path.read_text()) for path in out.glob("*.json")]
            found = {"told": told, "scale": scale, "protocol": rows[0]["protocol"]["hash"]}
            found["rows"] = {row["name"]: row["metrics"] for row in rows}
            (out / "done.json").write_text(json.dumps(made_by | found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
