"""``kineograph evaluate``: runs, shipped models, references and the floor on the same pictures, one row each."""

import json
import sys
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from kineograph.cli import ab, memorisation, sensitivity
from kineograph.cli.compose import amend, compose, flags, group_choices, parse, show
from kineograph.cli.explain import explain
from kineograph.cli.older import up_to_date
from kineograph.cli.scoring import FOLDER, Scoring, completed, named, other_clip, other_data, plain_of, shared
from kineograph.core.build import build, check
from kineograph.core.errors import ConfigError
from kineograph.core.run import Run
from kineograph.report.page import report
from kineograph.report.rows import gather
from kineograph.report.scores import Scores
from kineograph.runtime.loaded import load, shipped_folder


def main(argv: list[str]) -> int:
    parser = flags("evaluate", "Scores run=RUN (or run=[A,B]), shipped=[gan,flow], references=[frozen,jitter,nearest].")
    parser.add_argument(
        "--explain", action="store_true", help="one run under every protocol that its clips allow, and the spread"
    )
    parser.add_argument("--sanity", action="store_true", help="which metric sees which damage")
    parser.add_argument(
        "--ab", action="store_true", help="a blind two-choice page of run=[A,B]; with votes=FILE: the win rate"
    )
    parser.add_argument(
        "--memorisation", action="store_true", help="generated clips nearer to a training clip than held-out ones are"
    )
    options = parse(parser, argv)
    overrides = _listed(options.overrides)
    if options.sanity and not any(text.startswith("metrics=") for text in overrides):
        overrides.append(f"metrics=[{','.join(group_choices(options.config_dir)['metrics'])}]")
    own = [text for text in overrides if text.startswith("animator.")]
    composed = compose("evaluate", [text for text in overrides if text not in own], options.config_dir)
    if options.cfg:
        return show(composed, options.resolve)
    settings = composed.config
    if "metrics" not in settings:
        raise ConfigError("metrics=[] measures nothing; name some, such as metrics=[clip_distance,motion_distance]")
    if options.ab and settings.votes:
        return ab.count(settings)
    runs = [(Run.open(path), "trained") for path in settings.run]
    runs += [(Run.open(shipped_folder(name)), "shipped") for name in settings.shipped]
    configs = [completed(up_to_date(run, options.config_dir, ("animator", "data")), composed) for run, _ in runs]
    configs = [amend(config, own) if own else config for config in configs]
    data_config, protocol_config = shared(composed, overrides, configs, [run.name for run, _ in runs])
    device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
    for part in (settings.metrics, protocol_config, data_config, *configs):
        check(part if isinstance(part, dict) else plain_of(part))
    if options.sanity:
        return sensitivity.measure(settings, data_config, protocol_config, device)
    memory = settings.sigma_rel, settings.ema_images
    models = [load(run, config, device, kind, *memory) for (run, kind), config in zip(runs, configs, strict=True)]
    if options.explain:
        return explain(settings, models, data_config, device, options.config_dir)
    if options.ab:
        return ab.write(settings, models, data_config, protocol_config, device)
    if options.memorisation:
        return memorisation.measure(settings, models, data_config, protocol_config, device)
    scoring = Scoring(settings=settings, data=data_config, protocol=build(protocol_config), device=device)
    for name, model in named(models).items():
        lines = (
            other_clip(name, model.config["clip"], scoring.protocol),
            other_data(name, model.config["data"], data_config),
        )
        for line in filter(None, lines):
            print(f"evaluate: {line}", file=sys.stderr)
    rows = scoring.rows(models)
    if rows:
        _table(rows)
        _tables(rows, Path(settings.out or FOLDER) / "tables")
    return 0


def _tables(rows: list[dict], folder: Path) -> None:
    """The table of these rows as JSON, CSV, LaTeX and one HTML page."""
    scores = Scores(rows)
    written = scores.write(folder)
    files, curves = gather([row["file"] for row in rows])
    written.append(report(files, curves, folder / "scores.html"))
    for warning in scores.warnings:
        print(f"evaluate: {warning}", file=sys.stderr)
    print(f"evaluate: {', '.join(map(str, written))}", file=sys.stderr, flush=True)


def _table(rows: list[dict]) -> None:
    card = rows[0]["protocol"]
    names = [name for name in rows[0]["metrics"] if not name.endswith(("_low", "_high"))]
    title = f"{card.get('name')}  n={card.get('num_fake')}  {card.get('hash')}"
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
    lists: dict[str, list[str]] = {"run": [], "shipped": [], "votes": []}
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
