"""The one place where configuration becomes objects: hydra's instantiate behind a positive allowlist."""

import contextlib
import difflib
import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kineograph.core.errors import ConfigError, UserError

OURS = (
    "kineograph",
    "torch.nn",
    "torch.optim",
    "pytorch_lightning",
    "lightning_fabric",
    "torchmetrics",
    "optuna.samplers",
    "optuna.pruners",
)
ALLOWED = [*OURS]
HYDRA_KEYS = {"_target_", "_partial_", "_args_", "_convert_", "_recursive_"}


def conf_dir() -> Path:
    """Where the YAML files are: beside the modules in a wheel, at the top of the repository in a checkout."""
    package = Path(__file__).resolve().parents[1]
    return package / "conf" if (package / "conf").is_dir() else package.parents[1] / "conf"


def allow(package: str) -> None:
    """Adds the user's own package to the allowlist. Only the command line calls this."""
    if not all(part.isidentifier() for part in package.split(".")):
        raise ConfigError(f"--allow wants the name of a Python package, not '{package}'")
    if package not in ALLOWED:
        ALLOWED.append(package)
        sys.path.append(str(Path.cwd()))  # a console script does not look in the working directory


@contextlib.contextmanager
def own_allowlist() -> Iterator[None]:
    """One command line: it starts with our packages alone, and what it allows ends with it."""
    before, path = list(ALLOWED), list(sys.path)
    ALLOWED[:] = OURS
    try:
        yield
    finally:
        ALLOWED[:], sys.path[:] = before, path


def allowed() -> list[str]:
    """The packages that the user added with --allow."""
    return ALLOWED[len(OURS) :]


def suggest(word: str, choices: Iterable[str]) -> str:
    """`` Did you mean 'x'?``, or nothing when no choice is close."""
    close = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def build(cfg: Any, **extra: Any) -> Any:
    """The object that a configuration describes, with all that it holds.

    Every ``_target_`` at any depth must be a class of an allowed package and take every key beside it;
    both are checked before anything is imported or built. ``extra`` are further arguments of the top
    object. Raises ConfigError.
    """
    try:
        plain = OmegaConf.to_container(cfg, resolve=True) if OmegaConf.is_config(cfg) else cfg
    except OmegaConfBaseException as error:
        raise ConfigError(f"the configuration cannot be resolved: {str(error).splitlines()[0]}") from error
    check(plain, **extra)
    plain = _with_floats(plain)
    try:
        if not extra:
            return instantiate(plain, _convert_="all")
        # the extras are handed over by hand: OmegaConf would copy or refuse them
        return instantiate({**plain, "_partial_": True}, _convert_="all")(**extra)
    except InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, UserError):
            raise cause from None
        raise


def check(plain: Any, **extra: Any) -> None:
    """Raises ConfigError unless every ``_target_`` is allowed, exists, and takes what is beside it; builds nothing."""
    for place, target in targets(plain):
        if not _within(target):
            raise ConfigError(
                f"{place}: '{target}' is not in an allowed package ({', '.join(ALLOWED)}); "
                "add your own with --allow PACKAGE"
            )
    for place, node in nodes(plain):
        _check(place, node, {} if place else extra)


def nodes(plain: Any, place: str = "") -> Iterator[tuple[str, dict]]:
    """Every mapping with a ``_target_``, with its dotted place."""
    if isinstance(plain, Mapping):
        if "_target_" in plain:
            yield place, dict(plain)
        children: Iterable[tuple[Any, Any]] = plain.items()
    elif isinstance(plain, list | tuple):
        children = enumerate(plain)
    else:
        return
    for key, child in children:
        yield from nodes(child, f"{place}.{key}" if place else str(key))


def targets(plain: Any) -> Iterator[tuple[str, str]]:
    """Every ``_target_``, with its dotted place."""
    for place, node in nodes(plain):
        target = node["_target_"]
        if not isinstance(target, str):
            raise ConfigError(f"{place}: a _target_ is the dotted name of a class, not {target!r}")
        yield place or "the top", target


def locate(target: str, place: str = "_target_") -> Any:
    """The class that a dotted name means. A name that only passes through an allowed module is refused."""
    if not _within(target):
        raise ConfigError(f"{place}: '{target}' is not in an allowed package ({', '.join(ALLOWED)})")
    names = target.split(".")
    found, depth = None, 0
    for depth in range(len(names), 0, -1):
        module = ".".join(names[:depth])
        try:
            found = importlib.import_module(module)
            break
        except ModuleNotFoundError as error:
            if error.name is None or not (module == error.name or module.startswith(error.name + ".")):
                raise UserError(f"{place}: '{target}' needs the package '{error.name}', which is missing") from error
    if found is None:
        raise ConfigError(f"{place}: there is no package '{names[0]}'")
    for name in names[depth:]:
        if not hasattr(found, name):
            known = [word for word in vars(found) if not word.startswith("_")] + _modules(found)
            raise ConfigError(f"{place}: '{target}': there is no '{name}' in it.{suggest(name, known)}")
        found = getattr(found, name)
    own = any(target == package or target.startswith(package + ".") for package in allowed())
    if not own and (not inspect.isclass(found) or not _within(found.__module__)):
        raise ConfigError(f"{place}: '{target}' is not a class of an allowed package ({', '.join(ALLOWED)})")
    return found


def parameters(target: Any) -> tuple[list[str], list[str], bool]:
    """Names that a class takes, those among them that it needs, and whether it takes any other."""
    try:
        signature = inspect.signature(target)
    except (ValueError, TypeError):
        return [], [], True
    takes = [p for p in signature.parameters.values() if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    open_ended = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    return [p.name for p in takes], [p.name for p in takes if p.default is p.empty], open_ended


def _within(name: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in ALLOWED)


def _modules(found: Any) -> list[str]:
    if not hasattr(found, "__path__"):
        return []
    return [path.stem for folder in found.__path__ for path in Path(folder).iterdir() if path.stem.isidentifier()]


def _check(place: str, node: dict, extra: Mapping[str, Any]) -> None:
    """A misspelt or missing argument is told with its place, before anything is built."""
    where = f"{place}." if place else ""
    target = locate(node["_target_"], place or "_target_")
    takes, needs, open_ended = parameters(target)
    given = [str(key) for key in (*node, *extra) if key not in HYDRA_KEYS]
    name = node["_target_"].rsplit(".", 1)[-1]
    for key in given:
        if key not in takes and not open_ended:
            raise ConfigError(f"{where}{key}: {name} takes no '{key}'.{suggest(key, set(takes) - set(given))}")
    kinds = _kinds(target)
    for key, value in node.items():
        if key in kinds and not _is_of(value, kinds[key]):
            names = " or ".join("null" if kind is type(None) else kind.__name__ for kind in kinds[key])
            raise ConfigError(f"{where}{key}: {name} wants {names} here, not {value!r}")
    missing = [key for key in needs if key not in given]
    if missing and not node.get("_partial_") and not node.get("_args_"):
        raise ConfigError(f"{place or 'the top'}: {name} needs {', '.join(missing)}")


def _kinds(target: Any) -> dict[str, tuple[type, ...]]:
    """The arguments that take numbers, truth values or words and nothing else, with what they take."""
    kinds = {}
    try:
        signature = inspect.signature(target)
    except (ValueError, TypeError):
        return {}
    for name, parameter in signature.parameters.items():
        union = get_origin(parameter.annotation) in (Union, UnionType)
        members = get_args(parameter.annotation) if union else (parameter.annotation,)
        if all(member in (int, float, bool, str, type(None)) for member in members):
            kinds[name] = members
    return kinds


def _with_floats(plain: Any) -> Any:
    """``grad_clip=1`` means 1.0 where a float is wanted."""
    if isinstance(plain, list | tuple):
        return [_with_floats(child) for child in plain]
    if not isinstance(plain, Mapping):
        return plain
    kinds = _kinds(locate(plain["_target_"])) if "_target_" in plain else {}
    return {
        key: float(value) if type(value) is int and float in kinds.get(key, ()) and int not in kinds[key] else value
        for key, value in ((key, _with_floats(child)) for key, child in plain.items())
    }


def _is_of(value: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds) or (isinstance(value, int) and float in kinds)
