"""What is said to the user: one line that tells what is wrong, where, and how to mend it."""

from typing import Any


class UserError(ValueError):
    """Bad input. The command line prints its message alone, without a traceback, and exits with ``code``."""

    code = 1
    facts: dict[str, Any] = {}  # more than fits in a line: a run writes them to failure-rank-N.json


class ConfigError(UserError):
    """A misspelt key, group, choice or target, or what no other film mends: to go on would end the same way."""

    code = 2


def at_least(least: int | float, **settings: int | float) -> None:
    """Raises UserError for a setting below ``least``; ``__`` in a name stands for a dot."""
    for name, value in settings.items():
        if not value >= least:
            raise UserError(f"{name.replace('__', '.')}={value}: {least} is the least")
