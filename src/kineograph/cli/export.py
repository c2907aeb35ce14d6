"""``kineograph export``: a run's weights as one safetensors file, with what is needed to use and to judge them."""

import argparse
import json
from pathlib import Path

import yaml

from kineograph.cli.compose import parse
from kineograph.cli.older import up_to_date
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.run import Run, write_atomic
from kineograph.runtime.loaded import WEIGHTS, load
from kineograph.runtime.weights import export_weights


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "kineograph export", description="Writes weights.safetensors, config.yaml, card.json."
    )
    parser.add_argument("run", metavar="run=RUN")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sigma-rel", type=float, help="an average of this memory, of the run's snapshots")
    parser.add_argument("--ema-images", type=int, help="of that average; the newest snapshot's if not given")
    parser.add_argument("--allow", action="append", default=[], metavar="PACKAGE", help="as the run was started")
    options = parse(parser, argv)
    run = Run.open(options.run.removeprefix("run="))
    print(export(run, options.out, options.sigma_rel, options.ema_images))
    return 0


def export(run: Run, out: Path, sigma_rel: float | None, ema_images: int | None) -> Path:
    """The folder, which every verb takes as ``run=``. Raises UserError where there is no checkpoint."""
    if (run.path / WEIGHTS).is_file():
        raise UserError(f"'{run.path}' was exported already; copy that folder, or export the run itself")
    if out.resolve() == run.path:
        raise UserError(f"-o {out} is the run's own folder, whose config.yaml would be lost; choose another")
    config = up_to_date(run, [], ("animator", "data"))
    model = load(run, config, "cpu", "trained", sigma_rel, ema_images)
    data = build(config["data"])
    source = data.films
    card = {
        "command": [word for word in model.facts.get("command", []) if not word.startswith(("run_dir=", "callbacks"))],
        "git_commit": model.facts.get("git_commit"),
        "images_seen": model.facts["images_seen"],
        "train_seconds": model.facts["train_seconds"],
        "data": {"hash": source.data_hash, "licence": source.licence, "attribution": source.attribution},
        "licence": "Apache-2.0",
        "scores": {},
    }
    for path in sorted((run.path / "evaluations").glob(f"{model.name}.json")):
        row = json.loads(path.read_text())
        card["scores"] = {"protocol": row["protocol"], "metrics": row["metrics"], "num_clips": row["num_clips"]}
    config = {
        key: config[key]
        for key in ("name", "seed", "max_images", "clip", "data", "animator", "protocol")
        if key in config
    }
    try:
        export_weights(model.animator, out / WEIGHTS, {"run": run.path.name, "format": "kineograph 1"})
    except OSError as error:
        raise UserError(f"cannot write to '{out}': {error.strerror}; choose another folder with -o") from error
    write_atomic(out / "config.yaml", yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    write_atomic(out / "card.json", json.dumps(card, indent=1))
    return out
