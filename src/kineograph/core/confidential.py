"""Keeps secrets of the environment (W&B's and hubs' keys, tokens, passwords) out of what is written."""

import os
import re
from collections.abc import Iterator
from typing import Any

from kineograph.core.errors import ConfigError

NAMES = re.compile(r"(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD)$", re.IGNORECASE)


def secrets() -> dict[str, str]:
    """Value -> the environment variable that holds it."""
    return {v: name for name, v in os.environ.items() if NAMES.search(name) and len(v) >= 8 and not v.startswith("/")}


def require_public(config: Any) -> None:
    """Raises ConfigError, naming the key and the variable but not the value, where a configuration holds a secret."""
    known = secrets()
    for place, text in _texts(config):
        for value, name in known.items():
            if value in text:
                raise ConfigError(
                    f"{place} holds the value of the environment variable {name}; a configuration is saved and shared: "
                    "leave it in the environment"
                )


def redacted(text: str) -> str:
    """The text with every secret replaced by the name of its variable."""
    for value, name in secrets().items():
        text = text.replace(value, f"<{name}>")
    return text


def _texts(tree: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for key, child in tree.items():
            yield from _texts(child, f"{place}.{key}" if place else str(key))
    elif isinstance(tree, list):
        for number, child in enumerate(tree):
            yield from _texts(child, f"{place}.{number}")
    elif isinstance(tree, str):
        yield place, tree
