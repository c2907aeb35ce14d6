"""Every YAML composes and builds, and its keys are exactly what the class takes."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from omegaconf import OmegaConf

from kineograph.cli.compose import compose
from kineograph.core.build import HYDRA_KEYS, build, check, locate, nodes, parameters
from kineograph.core.errors import UserError

REPOSITORY = Path(__file__).resolve().parents[2]
CONF = REPOSITORY / "conf"
FILES = sorted(path for path in CONF.rglob("*.yaml") if path.name[0] != "_")  # _x.yaml is shared by others
NAMES = [path.relative_to(CONF).with_suffix("").as_posix() for path in FILES]
ROOTS = [name for name in NAMES if "/" not in name]
NEEDS = {  # what a choice cannot do without
    "animator/denoiser/latent_transformer": ["animator/codec=motion"],
    "animator/generator/motion": ["animator/codec=motion"],
    "data/video_folder": ["data.source.folder=films"],
    "data/frames_folder": ["data.source.folder=films"],
    "data/image_folder": ["data.source.folder=films"],
    "data/mixture": ["data.source.stores.films=films", "data.source.stores.stills=stills"],
}
NEEDS |= {  # where the user's files are
    f"data/{path.stem}": ["data.source.path=films"]
    for path in (CONF / "data").glob("*.yaml")
    if "  path: ???" in path.read_text()
}
NEEDS |= {  # weights that are not shipped
    name: ["animator.giant.weights=weights"]
    for name in NAMES
    if name == "animator/pretrained" or name.startswith(("animator/giant/", "animator/tuning/"))
}
OWN_ROLES = {"data", "task", "augment", "metrics", "callbacks", "logger", "postprocess"}  # built beside the animator


@pytest.mark.parametrize("name", NAMES)
def test_composes_builds_and_names_every_argument(name):
    root, overrides = way_to(name)
    overrides = [*overrides, *NEEDS.get(name, [])]
    composed = compose(root, overrides, [])
    plain = plain_of(composed.config)
    check(plain)
    wrong = list(mismatches(plain))
    assert not wrong, f"{root} {' '.join(overrides)}:\n" + "\n".join(wrong)
    group = name.split("/")[0]
    if group == "hydra":  # who plans and starts the jobs of a sweep
        for part in (composed.sweeper, composed.launcher):
            check(plain_of(part))
            assert not list(mismatches(plain_of(part)))
    if "animator" in plain and group not in OWN_ROLES - {"task"}:
        with torch.device("meta"):  # paper sizes too
            if name in NEEDS and NEEDS[name] == ["animator.giant.weights=weights"]:
                build_or_be_told(plain["animator"])
            else:
                build(plain["animator"])
    if group in OWN_ROLES and group in plain and not isinstance(plain[group], str):
        for role in ["data"] if group in {"task", "augment"} else [group]:
            build_or_be_told(plain[role])


def test_every_group_is_chosen_somewhere():
    lost = []
    for group in sorted({name.rpartition("/")[0] for name in NAMES if "/" in name}):
        try:
            way_to(next(name for name in NAMES if name.rpartition("/")[0] == group))
        except LookupError as error:
            lost.append(str(error))
    assert not lost, "\n".join(lost)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("experiment/")])
def test_an_experiment_opens_with_command_hardware_hours_and_expectation(name):
    path = CONF / f"{name}.yaml"
    head = "\n".join(line for line in path.read_text().splitlines() if line.startswith("#")).lower()
    missing = [word for word in ("command", "hardware", "hours", "expected") if word not in head]
    assert not missing, f"{path}: its first comment does not tell {', '.join(missing)}"
    choice = name.removeprefix("experiment/")
    assert f"experiment={choice}" in head.split(), f"{path}: its command is that of another experiment"
    assert head.splitlines()[0].startswith("# @package _global_"), f"{path} opens with '# @package _global_'"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_no_value_is_what_yaml_makes_of_it_by_surprise(path):
    """yes/no/on/off, 012 and 1_000 read as something else than they look like."""
    found = [
        f"{number}: {line}"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r":\s*(yes|no|on|off|Yes|No|On|Off|0\d+|\d+_\d[\d_]*|\d+e\d+)\s*(#.*)?$", line)
    ]
    assert not found, f"{path}: {found}"


def test_a_role_yaml_is_short():
    """A role holds a class and its arguments; a role YAML that repeats another is a copy to be kept in step."""
    seen: dict[str, str] = {}
    for path, name in zip(FILES, NAMES, strict=True):
        text = yaml.safe_load(path.read_text())
        if not isinstance(text, dict) or not text:
            continue
        key = f"{name.rpartition('/')[0]} {text}"
        assert key not in seen, f"{name} repeats {seen[key]}"
        seen[key] = name


def mismatches(plain: Any) -> Iterator[str]:
    """Where the keys beside a ``_target_`` of ours are not the parameters of its constructor."""
    for place, node in nodes(plain):
        if not node["_target_"].startswith("kineograph."):
            continue
        given = {str(key) for key in node} - HYDRA_KEYS
        takes = set(parameters(locate(node["_target_"]))[0])
        if node.get("_partial_"):
            given |= takes
        if given != takes:
            extra, missing = sorted(given - takes), sorted(takes - given)
            yield f"{place}: {node['_target_']} lacks {missing}, has too many {extra}"


def build_or_be_told(plain: Any) -> None:
    """Builds, unless a file that is not shipped is asked for: then one line names it."""
    told = None
    try:
        build(plain)
    except UserError as error:
        told = str(error)
    assert told is None or ("\n" not in told and re.search(r"weights|file|store|data", told)), told


def plain_of(config: Any) -> dict:
    plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=False)
    assert isinstance(plain, dict)
    return plain


def way_to(name: str) -> tuple[str, list[str]]:
    """A root config and the overrides under which this YAML is chosen. Raises LookupError where there are none."""
    group, _, choice = name.rpartition("/")
    if group.startswith("hydra/"):
        parent = ["hydra/sweeper=optuna"] if group.startswith("hydra/sweeper/") else []
        return "train", ["run_dir=runs/here", *parent, f"{group}={choice}"]
    if not group:
        return name, ["run_dir=runs/here"] if name == "train" else []
    while group not in openings() and "/" in group:  # experiments lie in folders: experiment=gan/mlp_gan
        group, _, folder = group.rpartition("/")
        choice = f"{folder}/{choice}"
    for parent, key, several in openings().get(group, []):
        try:
            root, overrides = way_to(parent)
        except LookupError:
            continue
        return root, [*overrides, f"{key}=[{choice}]" if several else f"{key}={choice}"]
    raise LookupError(f"conf/{group}: no defaults list opens this group")


@functools.cache
def openings() -> dict[str, list[tuple[str, str, bool]]]:
    """Group -> the YAML files whose defaults list has it, the key that overrides it there, whether it takes several."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for name, path in [*zip(NAMES, FILES, strict=True), *shared()]:
        text = yaml.safe_load(path.read_text())
        own = name.rpartition("/")[0]
        for entry in (text or {}).get("defaults", []):
            if not isinstance(entry, dict):
                continue
            key, value = next(iter(entry.items()))
            if key.startswith("override "):
                continue
            word, _, package = key.removeprefix("optional ").partition("@")
            group = word[1:] if word.startswith("/") else "/".join(filter(None, [own, word]))
            place = f"@{'.'.join(filter(None, [*own.split('/'), package]))}" if package else ""
            found.setdefault(group, []).append((name, group + place, isinstance(value, list)))
    return found


def shared() -> Iterator[tuple[str, Path]]:
    """Each _x.yaml, by the name of one that builds on it and needs nothing else."""
    for path in CONF.rglob("_*.yaml"):
        line = f"- {path.stem}\n"
        users = [n for n, p in zip(NAMES, FILES, strict=True) if p.parent == path.parent and line in p.read_text()]
        yield next(name for name in users if name not in NEEDS), path


def test_an_experiments_root_values_count_and_the_command_line_has_the_last_word():
    own = yaml.safe_load((CONF / "experiment" / "quickstart_gan.yaml").read_text())["max_images"]
    assert own != yaml.safe_load((CONF / "train.yaml").read_text())["max_images"]
    assert compose("train", ["experiment=quickstart_gan"], []).config.max_images == own
    assert compose("train", ["experiment=quickstart_gan", "max_images=5"], []).config.max_images == 5
    assert compose("train", ["experiment=quickstart_gan", "debug=tiny"], []).config.max_images == 32
