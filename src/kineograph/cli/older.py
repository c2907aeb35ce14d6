"""Runs of earlier versions: what their configuration lacks is filled in with the defaults of today."""

import sys
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kineograph.cli.compose import compose, group_choices
from kineograph.core.build import locate, parameters
from kineograph.core.errors import UserError
from kineograph.core.run import Run, read_json


def up_to_date(run: Run, config_dirs: list[str], roles: tuple[str, ...]) -> dict[str, Any]:
    """The run's own configuration; arguments that its classes have learned to want since are told in one line.

    They come from the configuration that the run's own words compose today, else from the defaults of its family.
    Only these ``roles`` are looked at. What cannot be filled in is left to `check`, which tells it.
    """
    config = run.config()
    known = {role: config[role] for role in roles if role in config}
    try:
        added: list[str] = []
        for words in _candidates(run, config_dirs) if any(_lacking(known)) else ():
            _fill(known, _today(words, config_dirs), "", added)
            if not any(_lacking(known)):
                break
    except UserError:  # a class that is not allowed, or is gone: as above
        return config
    if added:
        print(f"kineograph: '{run.path}' is of an earlier version; filled in: {', '.join(added)}", file=sys.stderr)
    return config


def _candidates(run: Run, config_dirs: list[str]) -> Iterator[list[str]]:
    words = read_json(run.path / "overrides.json").get("overrides", [])
    yield [word for word in words if not word.startswith(("run_dir=", "runs="))]
    yield from ([f"animator={family}"] for family in group_choices(config_dirs)["animator"])


def _today(words: list[str], config_dirs: list[str]) -> dict[str, Any]:
    """What these words compose; empty where a choice among them is gone."""
    try:
        config = compose("train", [*words, "run_dir=none"], config_dirs).config
        plain = OmegaConf.to_container(config, resolve=True)
    except (UserError, OmegaConfBaseException):
        return {}
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def _fill(own: dict[str, Any], today: dict[str, Any], place: str, added: list[str]) -> None:
    """Adds the arguments that a class lacks, where today's configuration has the same class in the same place."""
    if own.get("_target_") != today.get("_target_"):
        return
    for key in _wanted(own):
        if key in today:
            own[key] = deepcopy(today[key])
            added.append(f"{place}{key}={_short(own[key])}")
    for key, child in own.items():
        other = today.get(key)
        if isinstance(child, dict) and isinstance(other, dict):
            _fill(child, other, f"{place}{key}.", added)


def _lacking(tree: Any) -> Iterator[str]:
    """Every argument that is missing, at any depth."""
    if isinstance(tree, dict):
        yield from _wanted(tree)
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for child in children:
        yield from _lacking(child)


def _wanted(node: dict[str, Any]) -> list[str]:
    if "_target_" not in node or node.get("_partial_") or node.get("_args_"):
        return []
    return [name for name in parameters(locate(node["_target_"]))[1] if name not in node]


def _short(value: Any) -> str:
    return "{...}" if isinstance(value, dict) and value else str(value)
