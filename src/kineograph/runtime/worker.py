"""One training process. It reads the run folder and nothing else: the composed file is the whole truth.

``python -m kineograph.runtime.worker RUN`` is what torchrun and srun start, once a rank.
"""

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch

from kineograph.core.build import allow, build
from kineograph.core.errors import UserError, at_least
from kineograph.core.random import mix
from kineograph.core.run import Run, write_atomic

QUIET = (  # Lightning's advice on things that are as they should be here
    ".*does not have many workers.*",
    ".*is smaller than the logging interval.*",
    ".*GPU available but not used.*",
    ".*MPS available but not used.*",
    ".*`train_dataloader`.*IterableDataset.*",
    ".*Checkpoint directory.*",
    ".*isinstance.treespec, LeafSpec.* is deprecated.*",
    ".*Grad strides do not match bucket view strides.*",
    ".*Total length of .* across ranks is zero.*",  # max_images=0
    ".*in eval mode at the start of training.*",  # the averaged copies
)


@runtime_checkable
class Stops(Protocol):
    """A callback that ends training early because the machine is wanted back."""

    stopped_by: int | None  # the signal, or None


def work(run: Run) -> int:
    """Trains from the newest checkpoint, or from the beginning; returns 0, or 128 + the signal that stopped it."""
    config = run.config()
    leader = int(os.environ.get("RANK", "0")) == 0
    if leader:
        run.update_status(state="running", error=None)
        if config["trainer"].get("accelerator") == "cpu" and torch.cuda.is_available():
            print(
                "kineograph: this machine has a GPU that trainer=cpu leaves idle; trainer=gpu uses it", file=sys.stderr
            )
    try:
        stopped = _fit(run, config)
    except KeyboardInterrupt:
        stopped = signal.SIGINT
    except BaseException as error:
        # the other ranks fail because the first one did: its word stands
        if isinstance(error, UserError) or run.status().get("state") != "failed":
            run.update_status(state="failed", error=one_line(error))
        if isinstance(error, UserError) and error.facts:
            place = run.path / f"failure-rank-{os.environ.get('RANK', '0')}.json"
            write_atomic(place, json.dumps(error.facts, indent=1))
        if isinstance(error, UserError):
            raise type(error)(one_line(error)) from error
        raise
    if leader:
        run.update_status(state="finished" if stopped is None else "preempted")
    return 0 if stopped is None else 128 + stopped


def _fit(run: Run, config: dict[str, Any]) -> int | None:
    from pytorch_lightning import Trainer
    from pytorch_lightning.utilities.exceptions import MisconfigurationException, SIGTERMException

    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.WARNING)
    torch.manual_seed(mix(config["seed"], 0))  # the same first weights on every rank
    data = build(config["data"])
    animator = build(config["animator"])
    callbacks = [build(node) for node in config["callbacks"].values()]
    loggers = [build(node) for node in config["logger"].values()]
    for logger in loggers:
        logger.log_hyperparams(config)
    data.start_position, data.stop_position = 0, config["max_images"]
    with warnings.catch_warnings():
        for message in QUIET:
            warnings.filterwarnings("ignore", message=message)
        told = {"callbacks": callbacks, "logger": loggers, "default_root_dir": str(run.path)}
        try:
            trainer: Trainer = build(config["trainer"], **told)
        except MisconfigurationException as error:  # no GPU, or fewer of them
            raise UserError(f"trainer: {str(error).rstrip('.!')}; kineograph doctor says what is here") from error
        except UserError:
            raise
        except ValueError as error:  # a word that Lightning does not know
            raise UserError(f"trainer: {error}") from error
        at_least(1, trainer__log_every_n_steps=trainer.log_every_n_steps)
        try:
            trainer.fit(animator, datamodule=data)
        except SIGTERMException:  # Lightning's own answer, to a signal that came before preemption listened
            return signal.SIGTERM
        except SystemExit as error:
            if isinstance(error.__context__, KeyboardInterrupt):  # of which Lightning makes exit code 1
                raise KeyboardInterrupt from error
            raise
    signals = [callback.stopped_by for callback in callbacks if isinstance(callback, Stops)]
    return next((number for number in signals if number is not None), None)


def one_line(error: BaseException) -> str:
    """The message of an error without the traceback that a data-loading process wraps around it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if lines[0].startswith("Caught ") and len(lines) > 1:
        return lines[-1].split(": ", 1)[-1]
    return " ".join(lines) if isinstance(error, UserError) else f"{type(error).__name__}: {lines[0]}"


def main(argv: list[str] | None = None) -> int:
    """Started by torchrun. A stop that was asked for counts as success: the launcher reads status.json."""
    parser = argparse.ArgumentParser("python -m kineograph.runtime.worker")
    parser.add_argument("run", type=Path)
    parser.add_argument("--allow", action="append", default=[])
    options = parser.parse_args(argv)
    try:
        for package in options.allow:
            allow(package)
        if "TORCHELASTIC_RUN_ID" in os.environ:
            threading.Thread(target=_stop_with, args=(os.getppid(),), daemon=True).start()
        code = work(Run.open(options.run))
    except UserError as error:
        print(f"kineograph: {error}", file=sys.stderr)
        return error.code
    return 0 if code > 128 else code


def _stop_with(launcher: int) -> None:
    """Where the launcher is killed and can end nobody, its workers save and end themselves."""
    while os.getppid() == launcher:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
