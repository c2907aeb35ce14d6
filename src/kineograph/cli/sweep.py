"""``kineograph train -m ...`` and ``kineograph sweep DIR``: many runs, each in a process of its own, under one table.

Hydra's words say how: ``hydra/launcher=submitit_slurm hydra.launcher.partition=gpu hydra/sweeper=optuna
hydra.sweeper.n_trials=40 hydra.sweep.dir=DIR``. Our own controller reads them: Hydra's loses failed and stopped jobs.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import DictConfig
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kineograph.cli import train
from kineograph.cli.compose import compose, parse, parsed, show
from kineograph.cli.ranks import require_gpus
from kineograph.cli.runs import coloured
from kineograph.core.build import build
from kineograph.core.confidential import require_public
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.run import Run
from kineograph.runtime.job import OVER
from kineograph.runtime.registry import summary
from kineograph.runtime.sweep import Launcher, Sweep, Sweeper

LAUNCHER = ("hydra/launcher", "hydra.launcher.")
OURS = (
    *LAUNCHER,
    "hydra/sweeper",
    "hydra/sweeper/",
    "hydra.sweeper.",
    "hydra.sweep.",
)  # what the controller is told; jobs are not


class Asked(NamedTuple):
    """The command line of a sweep, taken apart."""

    jobs: list[str]  # overrides of the jobs, with the values to be swept
    config_dirs: list[str]
    sweeper: Sweeper
    launcher: Launcher
    told: DictConfig  # what the launcher is built from
    folder: Path | None  # hydra.sweep.dir
    runs: Path


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "kineograph sweep", description="Goes on with a sweep: what has finished stays, what was stopped goes on."
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="another hydra/launcher for what is left")
    parser.add_argument("--retry-failed", action="store_true", help="run the jobs that failed, and only those")
    parser.add_argument("--allow", action="append", default=[], metavar="PACKAGE", help="as the sweep was started")
    options = parse(parser, argv)
    sweep = Sweep.open(options.folder)
    told, config_dirs = sweep.asked()
    if any(not _starts(text, (*LAUNCHER, "hydra.sweeper.n_trials")) for text in options.overrides):
        raise ConfigError("a sweep keeps its configuration; only hydra/launcher, its keys and n_trials may change")
    if any(_starts(text, ("hydra/launcher",)) for text in options.overrides):
        told = [text for text in told if not _starts(text, LAUNCHER)]
    asked = _asked([*told, *options.overrides], config_dirs)
    asked.sweeper.plan(asked.jobs)
    return _conduct(sweep, asked, options.allow, options.retry_failed)


def begin(options: argparse.Namespace) -> int:
    """A new sweep. A typo in any job is told before the first one starts, and leaves no folder."""
    require_public({text.partition("=")[0]: text for text in options.overrides})  # sweep.json keeps them
    asked = _asked(options.overrides, options.config_dir)
    jobs = asked.sweeper.plan(asked.jobs)
    first = jobs[0] if jobs else _unswept(asked.jobs)
    if options.cfg:
        return show(compose("train", first, asked.config_dirs), options.resolve)
    composed = [compose("train", job, asked.config_dirs) for job in (jobs or [first])]
    for job in composed:
        require_gpus(train.resolved(job.config)["trainer"], asked.told)
    if asked.folder and asked.folder.exists():
        raise ConfigError(f"hydra.sweep.dir={asked.folder} exists; go on with: kineograph sweep {asked.folder}")
    path = (Run.claim_at(asked.folder) if asked.folder else Run.claim(asked.runs, "sweep")).path
    sweep = Sweep(path)
    for words, job in zip(jobs, composed):
        job.config.run_dir = str(sweep.next_folder())
        train.prepare(job, words)
    sweep.describe(options.overrides, options.config_dir)
    if options.prepare:
        print(sweep.path)
        return 0
    return _conduct(sweep, asked, options.allow, retry_failed=False)


def _conduct(sweep: Sweep, asked: Asked, allowed: list[str], retry_failed: bool) -> int:
    def prepare(words: list[str], folder: Path) -> Run:
        composed = compose("train", words, asked.config_dirs)
        composed.config.run_dir = str(folder)
        return train.prepare(composed, words)

    def command(run: Run) -> list[str]:
        flags = [f"--allow={package}" for package in allowed]
        flags += [f"--config-dir={Path(folder).resolve()}" for folder in asked.config_dirs]
        return [sys.executable, "-m", "kineograph.cli.main", "train", f"resume={run.path}", *flags]

    def tell(run: Run) -> None:
        known = summary(run.path)
        words = " ".join(map(str, [known["state"], *_distinct(sweep)[run.path.name]]))
        print(f"{run.path.name} {words}" + (f": {known['error']}" if known.get("error") else ""), flush=True)

    print(sweep.path, flush=True)
    stopped = sweep.conduct(asked.sweeper, asked.launcher, prepare, command, tell, retry_failed)
    rows = [summary(run.path) for run in sweep.runs()]
    _table(sweep, rows)
    if word := asked.sweeper.word():
        print(word)
    if stopped is not None:
        print(f"kineograph: stopped; go on with: kineograph sweep {sweep.path}", file=sys.stderr)
        return 128 + stopped
    left = [row for row in rows if row["state"] not in OVER]
    if not left:
        return 0
    states = Counter(row["state"] for row in left)
    count = ", ".join(f"{number} {state}" for state, number in states.items())
    names = ", ".join(Path(row["run"]).name for row in left)
    again = " --retry-failed" if "failed" in states else ""
    raise UserError(
        f"{len(left)} of {len(rows)} jobs did not finish ({count}: {names}); run them again with: "
        f"kineograph sweep{again} {sweep.path}"
    )


def _asked(overrides: list[str], config_dirs: list[str]) -> Asked:
    jobs = [text for text in overrides if not _starts(text, OURS)]
    if any(_starts(text, ("run_dir",)) for text in jobs):
        raise ConfigError("run_dir names one run; the folder of a sweep is named with hydra.sweep.dir=DIR")
    ours = [text for text in overrides if _starts(text, OURS)]
    composed = compose("train", [*_unswept(jobs), *ours], config_dirs)
    folders = [override.value() for text, override in zip(ours, parsed(ours)) if _starts(text, ("hydra.sweep.dir",))]
    return Asked(
        jobs=jobs,
        config_dirs=config_dirs,
        sweeper=build(composed.sweeper),
        launcher=build(composed.launcher),
        told=composed.launcher,
        folder=Path(str(folders[-1])) if folders else None,
        runs=Path(composed.config.runs),
    )


def _unswept(overrides: list[str]) -> list[str]:
    """Without the values to be swept: an ``experiment=a,b`` cannot choose the launcher."""
    return [text for text, override in zip(overrides, parsed(overrides)) if not override.is_sweep_override()]


def _starts(text: str, words: tuple[str, ...]) -> bool:
    key = text.lstrip("+~").partition("=")[0]
    return any(key == word or (word[-1] in "./" and key.startswith(word)) for word in words)


def _distinct(sweep: Sweep) -> dict[str, list[str]]:
    """The overrides of each job that are not those of all."""
    told = {run.path.name: summary(run.path).get("overrides") or [] for run in sweep.runs()}
    shared = set.intersection(*map(set, told.values())) if len(told) > 1 else set()
    return {name: [word for word in words if word not in shared] for name, words in told.items()}


def _table(sweep: Sweep, rows: list[dict[str, Any]]) -> None:
    distinct = _distinct(sweep)
    table = Table("job", "state", "overrides", "images", "error", title=escape(sweep.path.name))
    for row in rows:
        name = Path(row["run"]).name
        images = row.get("images_seen")
        table.add_row(
            name,
            coloured(row["state"]),
            escape(" ".join(distinct[name])),
            f"{images:,}" if isinstance(images, int) else "",
            escape(row.get("error") or ""),
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
