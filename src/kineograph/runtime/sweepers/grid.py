"""Every combination of the listed values, in Hydra's grammar: ``seed=1,2,3 'animator.dim=range(8,64,8)'``."""

from itertools import product
from pathlib import Path

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from kineograph.core.errors import ConfigError
from kineograph.core.run import Run


class GridSweeper:
    """All jobs are known before the first one runs."""

    def __init__(self, *, params: dict[str, str]):
        self.params = params  # key: values, for experiments that bring their grid; the command line has the last word

    def plan(self, overrides: list[str]) -> list[list[str]]:
        return expand(with_params(overrides, self.params))

    def begin(self, folder: Path) -> None:
        """Nothing is kept beside the runs."""

    def ask(self, name: str) -> list[str] | None:
        return None

    def hopeless(self, run: Run) -> bool:
        return False

    def learn(self, run: Run) -> None:
        """The grid stays as it is."""

    def word(self) -> str:
        return ""


def with_params(overrides: list[str], params: dict[str, str]) -> list[str]:
    """The overrides, and before them what ``hydra.sweeper.params`` adds."""
    told = {text.partition("=")[0] for text in overrides}
    return [*(f"{key}={values}" for key, values in params.items() if key not in told), *overrides]


def expand(overrides: list[str]) -> list[list[str]]:
    """The jobs: every combination of the listed values. Raises ConfigError."""
    return [list(job) for job in product(*(choices(text) for text in overrides))]


def choices(text: str) -> list[str]:
    """One override for each value that this one lists; itself where it lists none."""
    try:
        override = OverridesParser.create().parse_override(text)
        if not override.is_sweep_override():
            return [text]
        found = [words[0] for words in BasicSweeper.split_arguments([override], max_batch_size=None)[0]]
    except (HydraException, ValueError) as error:  # ValueError: of range(1,9,0)
        raise ConfigError(f"{text}: {str(error).splitlines()[0]}") from error
    if not found:
        raise ConfigError(f"{text}: there is no value in it")
    return found
