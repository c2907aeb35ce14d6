"""``kineograph train``: compose once, check, claim the run folder, describe it, train."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kineograph.cli import choices
from kineograph.cli.compose import Composed, compose, flags, parse, show
from kineograph.cli.ranks import ranks_of
from kineograph.cli.resume import auto, images_of, reopen, reviewed
from kineograph.core.build import allowed, check
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.run import Run
from kineograph.runtime.job import alone


def main(argv: list[str]) -> int:
    parser = flags("train", "Trains an animator. resume=RUN goes on where a run stopped; resume=auto finds it.")
    parser.add_argument("-m", "--multirun", action="store_true", help="one job for each combination: seed=1,2,3")
    parser.add_argument("--prepare", action="store_true", help="claim and describe the run folder, print it, stop")
    parser.add_argument("--list", metavar="GROUP", help="print the choices of a group, such as experiment, and stop")
    options = parse(parser, argv)
    if options.list:
        return choices.show(options.list, options.config_dir)
    resumed = [text for text in options.overrides if text.startswith("resume=")]
    options.overrides = [text for text in options.overrides if text not in resumed]
    if resumed and (options.multirun or options.prepare):
        raise ConfigError(f"{resumed[0]} goes on with one run that is there; leave out -m and --prepare")
    place, words = (resumed[0].removeprefix("resume=") if resumed else None), options.overrides
    if place == "auto":
        place, words = auto(words), []
    if place is not None:
        return go_on(place, words, options)
    if options.multirun:
        from kineograph.cli import sweep

        return sweep.begin(options)
    composed = compose("train", options.overrides, options.config_dir)
    if options.cfg:
        return show(composed, options.resolve)
    run = prepare(composed, options.overrides)
    print(run.path)
    return 0 if options.prepare else start(run)


def go_on(place: str, words: list[str], options: argparse.Namespace) -> int:
    """Trains the run in ``place`` further; with ``--cfg`` its configuration is printed and nothing written."""
    if options.cfg:
        _, config = reviewed(place, words, options.config_dir)
        print(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), end="")
        return 0
    run = reopen(place, words, options.config_dir)
    print(run.path)
    if not any(run.checkpoints.glob("images-*.ckpt")):
        print("resume: it holds no checkpoint yet; it begins at the first image", file=sys.stderr)
    return start(run)


def prepare(composed: Composed, overrides: list[str]) -> Run:
    """Checks the whole configuration, then claims a folder and writes it there. Nothing is left behind on failure."""
    config = composed.config
    if config.name is None:
        config.name = composed.choices.get("experiment") or composed.choices["animator"]
        if config.name == "None":
            config.name = composed.choices["animator"]
        config.name = config.name.rpartition("/")[2]  # of experiment=gan/mlp_gan
    resolved(config)
    run = Run.claim_at(Path(config.run_dir)) if config.run_dir else Run.claim(Path(config.runs), config.name)
    try:
        config.run_dir = str(run.path)
        run.describe(resolved(config), overrides, composed.choices, allowed())
    except UserError:
        for path in run.path.iterdir():
            path.unlink()
        run.path.rmdir()
        raise
    return run


def resolved(config: Any) -> dict[str, Any]:
    """The plain configuration, with every ``_target_`` and every argument checked. Raises ConfigError."""
    config = config.copy()
    config.run_dir = config.run_dir or f"{config.runs}/new"  # not claimed yet; its name does not matter
    if lacking := sorted(OmegaConf.missing_keys(config)):
        raise ConfigError(f"{lacking[0]} has no value; add {lacking[0]}=VALUE")
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise ConfigError(f"the configuration cannot be resolved: {str(error).splitlines()[0]}") from error
    assert isinstance(plain, dict)
    images_of(plain)
    check(plain)
    ranks_of(plain["trainer"])
    return {str(key): value for key, value in plain.items()}


def start(run: Run) -> int:
    """Trains in this process, or in one worker process a rank."""
    config = run.config()
    ranks = ranks_of(config["trainer"])
    if config["trainer"].get("num_nodes", 1) > 1 and "WORLD_SIZE" not in os.environ:
        raise UserError(
            f"the run is for {config['trainer']['num_nodes']} machines; on each of them: torchrun --nnodes="
            f"{config['trainer']['num_nodes']} --nproc-per-node={ranks} --rdzv-backend=c10d --rdzv-endpoint=HOST:29500 "
            f"-m kineograph.runtime.worker {run.path} (docs/clusters.md)"
        )
    if ranks > 1:
        from kineograph.runtime.launcher import launch

        with alone(run):
            return launch(run, ranks)
    from kineograph.runtime.worker import work

    with alone(run):
        return work(run)
