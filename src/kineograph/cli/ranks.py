"""How many processes a run asks for, and whether the launcher of a sweep gives each of them a GPU."""

import math
from collections.abc import Mapping
from typing import Any

from kineograph.core.errors import ConfigError

GPUS = ("gpus_per_job", "gpus_per_node")  # what launchers call them


def ranks_of(trainer: Mapping[str, Any]) -> int:
    """Processes on one machine. Raises ConfigError for 'auto', -1 and lists: they are started by their number."""
    devices = trainer.get("devices", 1)
    if type(devices) is not int or devices < 1:
        raise ConfigError(f"trainer.devices is the number of processes on this machine, not {devices!r}")
    return devices


def require_gpus(trainer: Mapping[str, Any], launcher: Mapping[str, Any]) -> None:
    """Raises ConfigError where a job of a sweep would not have one GPU a process, or needs several machines."""
    if trainer.get("num_nodes", 1) > 1:
        raise ConfigError(
            f"trainer.num_nodes={trainer['num_nodes']}: a job of a sweep has one machine; start runs of several one by "
            "one (docs/clusters.md)"
        )
    ranks = ranks_of(trainer)
    for key in GPUS:
        gpus = launcher.get(key)  # null: told to the cluster in other words
        if trainer.get("accelerator") != "cpu" and gpus is not None and math.ceil(gpus) != ranks:
            raise ConfigError(
                f"trainer.devices={ranks} and hydra.launcher.{key}={gpus}: each process has a GPU of its own; set "
                f"hydra.launcher.{key}={ranks}, or trainer.accelerator=cpu"
            )
