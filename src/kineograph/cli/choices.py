"""``kineograph train --list GROUP``: the choices of a group, what each is, and what an experiment takes."""

import re
import sys
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

import yaml

from kineograph.cli.compose import group_choices
from kineograph.core.build import conf_dir, locate, suggest, targets
from kineograph.core.errors import ConfigError, UserError

HEADER = ("command", "hardware", "hours", "expected")  # of an experiment
RECORDS = "kineograph.core."  # what holds a part and its weight


def show(group: str, config_dirs: list[str]) -> int:
    """Prints a line a choice. Raises ConfigError where there is no such group."""
    groups = group_choices(config_dirs)
    if group not in groups:
        raise ConfigError(f"--list: there is no config group '{group}'.{suggest(group, groups)}")
    choices = [choice for choice in groups[group] if not choice.startswith("_")]  # _x.yaml is shared by others
    width = max(map(len, choices))
    for choice in choices:
        told = about(group, choice, [conf_dir(), *map(Path, config_dirs)])
        print(f"{choice:<{width}}  {told}".rstrip())
    return 0


def about(group: str, choice: str, folders: Iterable[Path]) -> str:
    """The first sentence of the YAML's comment, else of the module it builds from, and its hardware and hours."""
    path = next(path for folder in folders if (path := folder / group / f"{choice}.yaml").is_file())
    opening = takewhile(lambda line: line.startswith("#"), path.read_text().splitlines())
    comment = [line.lstrip("# ") for line in opening if not line.startswith("# @package")]
    facts = dict(line.split(":", 1) for line in comment if line.partition(":")[0] in HEADER)
    said = " ".join(line for line in comment if line.partition(":")[0] not in HEADER)
    hours = facts.get("hours", "").strip()
    needs = [facts.get("hardware", "").strip(), f"{hours} hour{'' if hours == '1' else 's'}" if hours else ""]
    needs = [*filter(None, needs)]
    return _sentence(said or _of_module(path)) + (f" [{', '.join(needs)}]" if needs else "")


def _of_module(path: Path) -> str:
    """What the module says whose class the YAML builds, where that is at hand."""
    named = [target for _, target in targets(yaml.safe_load(path.read_text()))]
    found = [target for target in named if target.startswith("kineograph.") and not target.startswith(RECORDS)]
    try:
        return " ".join((sys.modules[locate(found[0]).__module__].__doc__ or "").split()) if found else ""
    except UserError:
        return ""


def _sentence(text: str) -> str:
    """Up to the first stop or semicolon behind a word; an initial, "et al.", "Eq. 4" and "Sec. 4" have no such stop."""
    for end in re.finditer(r"(?<=[\w)`][\w)`][.;])(?<! al\.)(?<!\bEq\.)(?<!\bSec\.)\s", text):
        if text.count("(", 0, end.start()) == text.count(")", 0, end.start()):  # not inside of brackets
            return text[: end.start()].rstrip(".; ")
    return text.rstrip(".; ")
