"""What both launchers that use submitit share."""

from types import ModuleType
from typing import Any

from kineograph.core.errors import UserError


class Submitted:
    """A job of submitit; one that was lost is over too."""

    def __init__(self, job: Any):
        self.job = job

    def over(self) -> bool:
        return bool(self.job.done())


def submitit() -> ModuleType:
    """The package, which few installations need. Raises UserError without it."""
    try:
        import submitit as package
        import submitit.helpers
    except ImportError as error:
        raise UserError("this launcher needs submitit; install it with: pip install 'kineograph[cluster]'") from error
    return package
