"""Hydra's composition for every verb: did-you-mean, sweeps, ``--cfg job``, and the flags all verbs share."""

import argparse
import difflib
import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from kineograph.core.build import allow, conf_dir, suggest
from kineograph.core.errors import ConfigError


class Composed(NamedTuple):
    """A whole configuration, the choice that filled each group, and who plans and starts the jobs of a sweep."""

    config: DictConfig
    choices: dict[str, str]
    sweeper: DictConfig
    launcher: DictConfig


def flags(verb: str, meaning: str) -> argparse.ArgumentParser:
    """The parser of a verb, with the flags that every composing verb has."""
    parser = argparse.ArgumentParser(f"kineograph {verb}", description=meaning)
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="Hydra overrides of the configuration")
    parser.add_argument("--config-dir", action="append", default=[], metavar="DIR", help="a folder of your own YAML")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE", help="a package of yours that YAML may name"
    )
    parser.add_argument("--cfg", choices=["job"], help="print the composed configuration and stop")
    parser.add_argument("--resolve", action="store_true", help="with --cfg: interpolations filled in")
    return parser


def parse(parser: argparse.ArgumentParser, argv: list[str]) -> argparse.Namespace:
    """Parses, and adds the user's packages to the allowlist. A misspelt flag is answered in one line."""
    known = [flag for action in parser._actions for flag in action.option_strings]
    options, unknown = parser.parse_known_intermixed_args(argv)
    for word in unknown:
        if word.startswith("-"):
            raise ConfigError(f"{parser.prog}: unknown option '{word}'.{suggest(word, known)}")
    for package in options.allow:
        allow(package)
    return options


def show(composed: Composed, resolve: bool) -> int:
    """Prints what ``--cfg job`` asks for."""
    print(OmegaConf.to_yaml(composed.config, resolve=resolve), end="")
    return 0


def group_choices(config_dirs: list[str]) -> dict[str, list[str]]:
    """Every config group with its choices: the folders of conf/ and of the user's own directories.

    Experiments may lie in folders of their own: gan/mlp_gan is a choice of the group experiment.
    """
    found: dict[str, set[str]] = {}
    for folder in (conf_dir(), *map(Path, config_dirs)):
        for path in folder.rglob("*.yaml"):
            place = path.relative_to(folder).with_suffix("")
            group = "experiment" if place.parts[0] == "experiment" else place.parent.as_posix()
            if group != ".":
                found.setdefault(group, set()).add(place.relative_to(group).as_posix())
    return {group: sorted(names) for group, names in sorted(found.items())}


def compose(name: str, overrides: list[str], config_dirs: list[str]) -> Composed:
    """``conf/NAME.yaml`` with its defaults and the overrides. Raises ConfigError, with a suggestion."""
    for folder in config_dirs:
        if not Path(folder).is_dir():
            raise ConfigError(f"--config-dir: there is no folder '{folder}'")
    words = parsed(overrides)
    for override in words:
        if override.is_sweep_override():
            raise ConfigError(f"'{override.input_line}' names several values; add -m to run one job for each")
    groups = group_choices(config_dirs)
    for override in words:
        _check_choice(override, groups)
    try:
        composed = _compose(name, overrides, config_dirs)
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise _explained(error, name, words, groups, config_dirs) from error
    _check_roots(composed.config, name)
    return composed


def amend(config: dict[str, Any], overrides: list[str]) -> dict[str, Any]:
    """A run's own configuration with some of its values changed; a key that it lacks is a ConfigError."""
    known = dotted_keys(config)
    tree = OmegaConf.create(config)
    for override in parsed(overrides):
        key = override.key_or_group
        if override.type is not OverrideType.CHANGE or key not in known:
            raise ConfigError(f"the run's configuration has no key '{key}'.{suggest_key(key, known)}")
        OmegaConf.update(tree, key, override.value(), merge=False)
    plain = OmegaConf.to_container(tree)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def parsed(overrides: list[str]) -> list[Override]:
    """What Hydra's grammar makes of each. Raises ConfigError."""
    found = []
    for text in overrides:
        if "=" not in text and not text.startswith("~"):
            raise ConfigError(f"'{text}' is not an override; write KEY=VALUE")
        try:
            found.append(OverridesParser.create().parse_override(text))
        except HydraException as error:
            raise ConfigError(
                f"'{text}' is not an override that Hydra can read; quote special characters: KEY='\"VALUE\"'"
            ) from error
    return found


def _compose(name: str, overrides: list[str], config_dirs: list[str]) -> Composed:
    search = ",".join(f'"file://{Path(folder).resolve()}"' for folder in config_dirs)
    GlobalHydra.instance().clear()
    with initialize_config_dir(config_dir=str(conf_dir()), version_base="1.3", job_name=f"kineograph {name}"):
        config = hydra_compose(
            name,
            [*overrides, *([f"hydra.searchpath=[{search}]"] if search else [])],
            return_hydra_config=True,
        )
    choices = {str(k): str(v) for k, v in config.hydra.runtime.choices.items() if not str(k).startswith("hydra/")}
    hydra = config.hydra
    with open_dict(config):
        del config["hydra"]
    return Composed(config, choices, hydra.sweeper, hydra.launcher)


def _check_choice(override: Override, groups: dict[str, list[str]]) -> None:
    group = override.key_or_group
    if group not in groups:
        if "/" in group:
            raise ConfigError(f"there is no config group '{group}'.{suggest(group, groups)}")
        return
    if override.type is OverrideType.DEL:
        return
    value = override.value()
    if value is None:
        place = override.get_key_element().lstrip("+")
        raise ConfigError(f"'{override.input_line}': a group that should stay empty is left out with ~{place}")
    for choice in value if isinstance(value, list) else [value]:
        if str(choice) not in groups[group]:
            raise ConfigError(
                f"{group}: there is no choice '{choice}'.{suggest(str(choice), groups[group])} "
                f"Choices: {', '.join(_beside(str(choice), groups[group]))}"
            )


def _beside(choice: str, choices: list[str]) -> list[str]:
    """The choices in its folder; the folders, too, where it names none, or one that does not exist."""
    folder = choice.rpartition("/")[0]
    beside = [name for name in choices if name.rpartition("/")[0] == folder]
    folders = sorted({f"{name.rpartition('/')[0]}/..." for name in choices if "/" in name})
    return beside if folder and beside else [*beside, *folders]


def _check_roots(config: DictConfig, name: str) -> None:
    """``+key=1`` would add a key that nothing reads; only what conf/NAME.yaml names is a root key."""
    path = conf_dir() / f"{name}.yaml"
    text = yaml.safe_load(path.read_text())
    groups = {re.split(r"[/@]", next(iter(entry)).split()[-1])[0] for entry in text["defaults"] if entry != "_self_"}
    headers = (file.read_text().partition("\n")[0] for file in conf_dir().rglob("*/*.yaml"))
    packages = {line.split()[2].partition(".")[0] for line in headers if line.startswith("# @package ")}
    known = (set(text) - {"defaults"}) | groups | packages
    for key in config:
        if key not in known:
            raise ConfigError(f"there is no key '{key}' in conf/{name}.yaml.{suggest(str(key), known)}")


def _explained(
    error: Exception, name: str, words: list[Override], groups: dict[str, list[str]], config_dirs: list[str]
) -> ConfigError:
    """Hydra's complaint as one line, with the closest name that exists."""
    text = " ".join(str(error).split())
    missing = re.search(r"Could not find '([^']+)'", text)
    if missing:
        group, _, choice = missing[1].rpartition("/")
        close = suggest(choice, groups.get(group, []))
        return ConfigError(f"{group or name}: there is no choice '{choice}'.{close} ({_first_line(error)})")
    complaint = re.search(r"Could not (?:override|append|delete)(?: from config\.)? '([^']+)'", text)
    if complaint is None:
        return ConfigError(_first_line(error))
    key = complaint[1]
    groups_alone = [o for o in words if o.key_or_group in groups and o.get_key_element().lstrip("~+") != key]
    try:
        kept = [override.input_line for override in groups_alone if override.input_line is not None]
        composed = _compose(name, kept, config_dirs)
        known, choices = dotted_keys(OmegaConf.to_container(composed.config, resolve=False)), composed.choices
    except (HydraException, OmegaConfBaseException, ValueError):
        known, choices = [], {}
    if (group := key.partition("@")[0]) in groups:  # it exists, and fills other places than this one
        places = " or ".join(f"'{place}'" for place in choices if place.partition("@")[0] == group)
        close = f" Did you mean {places}?" if places else ""
        return ConfigError(f"nothing in the configuration is chosen by '{key}'.{close}")
    close = suggest_key(key, known) or suggest(key, groups)
    return ConfigError(f"there is no key '{key}' in the configuration.{close}")


def suggest_key(key: str, known: list[str]) -> str:
    """The key whose last word is nearest to this one's, under the same root where there is one; then the most alike."""
    root, last = key.partition(".")[0], key.rpartition(".")[2]
    inside = [other for other in known if other.startswith(f"{root}.")] if "." in key else []
    near = difflib.get_close_matches(last, {other.rpartition(".")[2] for other in inside or known}, n=1)
    same = [other for other in inside or known if near and other.rpartition(".")[2] == near[0]]
    return suggest(key, same) or (f" Did you mean '{min(same, key=len)}'?" if same else suggest(key, known))


def dotted_keys(tree: object, place: str = "") -> list[str]:
    """Every key of a nested mapping, dotted."""
    if not isinstance(tree, dict):
        return []
    keys = []
    for key, child in tree.items():
        dotted = f"{place}.{key}" if place else str(key)
        keys += [dotted, *dotted_keys(child, dotted)]
    return keys


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
