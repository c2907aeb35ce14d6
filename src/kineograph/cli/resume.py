"""``kineograph train resume=RUN`` and ``resume=auto``: a run goes on with its own configuration."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from kineograph.cli.compose import amend
from kineograph.cli.older import up_to_date
from kineograph.cli.ranks import ranks_of
from kineograph.core.build import allowed, build, check
from kineograph.core.confidential import require_public
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.local_file import is_url
from kineograph.core.run import Run, read_json, write_atomic
from kineograph.runtime.registry import at_work

ROLES = ("data", "animator", "callbacks", "trainer", "logger")  # what may change; the rest holds them together


def reopen(folder: str, overrides: list[str], config_dirs: list[str]) -> Run:
    """The run, its configuration completed and amended; what changed is printed and recorded. Raises ConfigError."""
    run, amended = reviewed(folder, overrides, config_dirs)
    if overrides or amended != run.config():  # 100.0 == 100, and yet may be what is mended
        require_public(amended)
        write_atomic(run.path / "config.yaml", yaml.safe_dump(amended, sort_keys=False, allow_unicode=True))
    if overrides:
        facts = run.facts()
        facts["amended"] = [*facts.get("amended", []), overrides]
        write_atomic(run.path / "facts.json", json.dumps(facts, indent=1))
    return run


def reviewed(folder: str, overrides: list[str], config_dirs: list[str]) -> tuple[Run, dict[str, Any]]:
    """The run and the configuration that it would go on with; nothing is written. Raises ConfigError."""
    if is_url(folder):
        raise ConfigError(f"'{folder}' is a URL; what goes on needs a place of its own: unpack it, resume that folder")
    run = Run.open(folder)
    if "trainer" not in run.config():
        raise ConfigError(f"'{folder}' was exported: it holds no trainer; resume the run itself")
    if strangers := [name for name in run.facts().get("allowed", []) if name not in allowed()]:
        raise ConfigError(
            f"'{folder}' was started with --allow {strangers[0]}; add it again, if you trust that package"
        )
    return run, _amended(run, up_to_date(run, config_dirs, ROLES), overrides)


def _amended(run: Run, config: dict[str, Any], overrides: list[str]) -> dict[str, Any]:
    for text in overrides:
        key = text.partition("=")[0]
        if key != "max_images" and ("." not in key or key.partition(".")[0] not in ROLES):
            raise ConfigError(
                f"'{text}': a resumed run keeps its own configuration; max_images may grow, and single values of "
                f"{', '.join(ROLES)} may change"
            )
    amended = amend(config, overrides)
    end = images_of(amended)
    changed = differences(config, amended)
    if any(text.startswith("max_images=") for text in overrides):
        for node in amended["callbacks"].values():  # those that tell how far it is
            if "max_images" in node:
                node["max_images"] = end
    check(amended)  # all that will be written: a run that does not pass could not be opened again
    ranks_of(amended["trainer"])
    for key, old, new in changed:
        print(f"resume: {key}: {old} -> {new}", file=sys.stderr)
    seen = run.status().get("images_seen", 0)
    if end < min(seen, config["max_images"]):
        raise ConfigError(f"max_images={end}: {seen} images have been seen already")
    if amended["animator"] != config["animator"]:
        _require_same_architecture(config, amended)
    return amended


def images_of(config: Mapping[Any, Any]) -> int:
    """How many images a run is to see. Raises ConfigError."""
    images = config.get("max_images")
    if type(images) is not int or images < 0:
        raise ConfigError(f"max_images is a whole number of images, such as 100000, not {images!r}")
    return images


def differences(old: Any, new: Any, place: str = "") -> list[tuple[str, Any, Any]]:
    """Dotted key, old and new value, wherever two configurations differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*old, *(key for key in new if key not in old)]
        return [
            found
            for key in keys
            for found in differences(old.get(key), new.get(key), f"{place}.{key}" if place else str(key))
        ]
    return [] if old == new else [(place, old, new)]


def _require_same_architecture(old: dict[str, Any], new: dict[str, Any]) -> None:
    with torch.device("meta"):
        shapes = [{name: t.shape for name, t in build(c["animator"]).state_dict().items()} for c in (old, new)]
    if changed := sorted({name for name, _ in shapes[0].items() ^ shapes[1].items()}):
        raise ConfigError(
            f"that changes the architecture ({changed[0]} and {len(changed) - 1} more tensors), and the checkpoint "
            "would no longer fit; start a new run"
        )


def unfinished(words: list[str], runs: Path) -> Run | None:
    """The newest run in ``runs`` that was started with these words and can go on; None where there is none.

    With run_dir=DIR among the words it is that folder. With no words, any run will do. A run that is at work is left
    alone, unless it is this very SLURM job's, which was requeued.
    """
    given = [word.partition("=")[2].strip("\"'") for word in words if word.startswith("run_dir=")]
    if given:
        return Run.open(given[0]) if Path(given[0]).exists() else None
    found = sorted((path.parent for path in runs.glob("*/status.json")), key=lambda path: path.name, reverse=True)
    for path in found:
        run = Run(path.resolve())
        same = not words or read_json(path / "overrides.json").get("overrides") == words
        if same and run.status().get("state") != "finished":
            job = os.environ.get("SLURM_JOB_ID")
            requeued = job is not None and run.status().get("slurm_job_id") == job
            if requeued or not at_work(run.status()):
                return run
            print(f"kineograph: '{path}' is at work on {run.status().get('host')}; left alone", file=sys.stderr)
    return None


def auto(overrides: list[str]) -> str | None:
    """The folder that ``resume=auto`` means; None: a new run is to be started. Raises UserError without any words."""
    runs = [word.partition("=")[2].strip("\"'") for word in overrides if word.startswith("runs=")]
    words = [word for word in overrides if not word.startswith("runs=")]
    folder = Path(runs[0] if runs else "runs")
    run = unfinished(overrides if words else [], folder)
    if run is None and not words:
        raise UserError(f"no run in '{folder}' can go on")
    return None if run is None else str(run.path)
