"""``kineograph evaluate``: runs, shipped models, references and the floor on the same pictures, one row each."""

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console
from rich.table import Table

from kineograph.cli import sensitivity
from kineograph.cli.compose import Composed, amend, compose, flags, group_choices, parse, show
from kineograph.core.build import build, check
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.evaluate import evaluate
from kineograph.core.random import Noise, mix
from kineograph.core.run import Run, write_atomic
from kineograph.core.types import Clip
from kineograph.core.video import to_uint8, write
from kineograph.metrics.protocol import extractors_of
from kineograph.runtime.loaded import load, shipped_folder

SHARED = ("num_frames", "fps", "height", "width", "num_windows")  # what the protocol fixes of the data


@runtime_checkable
class Remembers(Protocol):
    """A reference that copies from the training clips."""

    def remember(self, clips: Iterable[Clip]) -> None: ...


def main(argv: list[str]) -> int:
    parser = flags("evaluate", "Scores run=RUN (or run=[A,B]), shipped=[gan,flow], references=[frozen,jitter,nearest].")
    parser.add_argument("--sanity", action="store_true", help="which metric sees which damage")
    options = parse(parser, argv)
    overrides = _listed(options.overrides)
    if options.sanity and not any(text.startswith("metrics=") for text in overrides):
        overrides.append(f"metrics=[{','.join(group_choices(options.config_dir)['metrics'])}]")
    own = [text for text in overrides if text.startswith("animator.")]
    composed = compose("evaluate", [text for text in overrides if text not in own], options.config_dir)
    if options.cfg:
        return show(composed, options.resolve)
    settings = composed.config
    runs = [(Run.open(path), "trained") for path in settings.run]
    runs += [(Run.open(shipped_folder(name)), "shipped") for name in settings.shipped]
    configs = [amend(run.config(), own) if own else run.config() for run, _ in runs]
    data_config, protocol_config = shared(composed, overrides, configs)
    device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
    for part in (settings.metrics, protocol_config, data_config, *configs):
        check(part if isinstance(part, dict) else _plain(part))
    if options.sanity:
        return sensitivity.measure(settings, data_config, protocol_config, device)
    models = [load(run, config, device, kind) for (run, kind), config in zip(runs, configs, strict=True)]
    rows = _rows(settings, models, data_config, protocol_config, device)
    _table(rows)
    return 0


def shared(composed: Composed, overrides: list[str], configs: list[dict]) -> tuple[dict, dict]:
    """The data and the protocol of every row: what was asked for here, else the first run's own."""
    settings = _plain(composed.config)
    asked = {text.lstrip("+~").partition("=")[0].split(".")[0] for text in overrides}
    first = configs[0] if configs else settings
    data = dict(first["data"])
    if asked & {"data", "clip"}:
        data = dict(settings["data"])
    elif "task" in asked:
        data["task"] = settings["data"]["task"]
    given = any(text.startswith(("metrics/protocol=", "protocol.")) for text in overrides)
    protocol = settings["protocol"] if given else first.get("protocol", settings["protocol"])
    return data | {name: protocol[name] for name in SHARED}, protocol


def _rows(settings: Any, models: list, data_config: dict, protocol_config: dict, device: str) -> list[dict]:
    data, protocol = build(data_config), build(protocol_config)
    metrics = build(settings.metrics)
    clips = list(data.held_out_loader(settings.batch_size, num_clips=settings.num_clips))
    count = sum(len(clip.key) for clip in clips)
    if device != "cpu":
        clips = [Clip(*(field.to(device) for field in clip)) for clip in clips]
    card = protocol.card(data_hash=data.data_hash, extractors=extractors_of(metrics), num_clips=count)
    base = {
        "command": " ".join(["kineograph", *sys.argv[1:]]),
        "protocol": {"card": card, "hash": card["hash"]},
        "num_clips": count,
        "codec": None,
    }
    jobs: list[tuple[dict, Any, Path | None]] = []
    if settings.real:
        jobs.append((_reference("real"), None, None))
    for name, reference in build(settings.references).items():
        if isinstance(reference, Remembers):
            reference.remember(data.train_clips(settings.batch_size))
        jobs.append((_reference(name), reference, None))
    taken: set[str] = set()
    for model in models:
        name = model.name if model.name not in taken else model.folder.name
        taken.add(name)
        counts = model.animator.describe()
        known = {
            "name": name,
            "kind": model.kind,
            "run": str(model.folder),
            "parameters": counts.get("parameters"),
            "codec": {key: value for key, value in counts.items() if "codec" in key} or None,
            "train_seconds": model.facts.get("train_seconds"),
            "images_seen": model.facts.get("images_seen"),
            "weights": model.weights,
            "train_command": " ".join(model.facts.get("command", [])),
        }
        jobs.append((known, model.animator, model.folder / "evaluations" if model.kind == "trained" else None))
    rows = []
    for known, animates, folder in jobs:
        print(f"evaluate: {known['name']} on {count} clips", file=sys.stderr, flush=True)
        scores = evaluate(animates, clips, data.task, metrics, protocol.seed, device)
        row = base | known | {"metrics": {k: v if math.isfinite(v) else None for k, v in scores.items()}}
        target = Path(settings.out) if settings.out else folder or Path("evaluations")
        row["previews"] = _previews(row, animates, clips, data.task, settings.previews, protocol, target)
        write_atomic(target / f"{row['name']}.json", json.dumps(row, indent=1))
        rows.append(row)
    return rows


def _reference(name: str) -> dict[str, Any]:
    return {"name": name, "kind": "reference", "run": None, "parameters": 0, "train_seconds": 0.0, "images_seen": 0}


def _previews(row: dict, animates: Any, clips: list, task: Any, count: int, protocol: Any, target: Path) -> list[dict]:
    """The first pictures, each with its film; paths are relative to the row's folder."""
    try:
        (target / "previews").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to '{target}': {error.strerror}; set out=DIR") from error
    shown = []
    for clip in clips:
        place = min(count - len(shown), len(clip.key))
        if place <= 0:
            break
        part = Clip(*(field[:place] for field in clip))
        condition = task(part)
        seeds = [mix(protocol.seed, key) for key in part.key.tolist()]
        fake = part.video if animates is None else animates.animate(condition, Noise(seeds, condition.device))
        for key, real, film in zip(part.key.tolist(), part.video, fake, strict=True):
            facts = {"run": str(row["run"]), "weights": str(row.get("weights")), "seed": str(mix(protocol.seed, key))}
            picture = write(target / "previews" / f"{key}.png", to_uint8(real[:1]), protocol.fps, {})
            moving = write(target / "previews" / f"{row['name']}_{key}.webp", to_uint8(film), protocol.fps, facts)
            shown.append({"picture": str(picture.relative_to(target)), "film": str(moving.relative_to(target))})
    return shown


def _table(rows: list[dict]) -> None:
    card = rows[0]["protocol"]["card"] if rows else {}
    names = [name for name in (rows[0]["metrics"] if rows else {}) if not name.endswith(("_low", "_high"))]
    title = f"{card.get('name')}  n={card.get('num_clips')}  {card.get('hash')}"
    table = Table("name", *names, "parameters", title=title)
    for row in rows:
        scores = row["metrics"]
        table.add_row(row["name"], *(_cell(scores, name) for name in names), f"{row['parameters'] or 0:,}")
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _cell(scores: dict, name: str) -> str:
    value, low, high = (scores.get(key) for key in (name, f"{name}_low", f"{name}_high"))
    if value is None:
        return "-"
    return f"{value:.3g}" if low is None or high is None else f"{value:.3g} [{low:.3g}, {high:.3g}]"


def _listed(overrides: list[str]) -> list[str]:
    """``run=A run=B`` becomes one list, ``shipped=gan`` a list of one, ``references=`` the group of that name."""
    kept: list[str] = []
    lists: dict[str, list[str]] = {"run": [], "shipped": []}
    for text in overrides:
        key, _, value = text.partition("=")
        if key in lists:
            lists[key] += [part for part in value.strip("[]").split(",") if part]
        else:
            kept.append(f"reference={value}" if key == "references" else text)
    for key, values in lists.items():
        if values:
            quoted = ",".join(json.dumps(value) for value in values)
            kept.append(f"{key}=[{quoted}]")
    return kept


def _plain(config: Any) -> dict[str, Any]:
    try:
        plain = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(f"the configuration cannot be resolved: {str(error).splitlines()[0]}") from error
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}
