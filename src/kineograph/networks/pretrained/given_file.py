"""A weight file that the user gives: it is there, and it is the one that its scores are named after."""

from pathlib import Path

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_file
from kineograph.networks.pretrained.file_hash import file_hash


def given_file(
    path: str,
    expected: str | None,  # the first digits of its sha256; None: any file
    needed_by: str,
    source: str,  # what the official file is called and who has it
    instead: str,  # what needs no file
) -> Path:
    """The file. Raises UserError, in one line, where it is missing or another one."""
    found = local_file(path)
    if not found.is_file():
        raise UserError(
            f"{needed_by} need a weight file and '{path}' is not there: put {source} at that place, "
            f"or use {instead} (offline)"
        )
    if expected is not None and not (sha256 := file_hash(found)).startswith(expected):
        raise UserError(
            f"'{path}' is not the weight file that {needed_by} are named after (sha256 {sha256[:12]}..., expected "
            f"{expected[:12]}...): get {source}, set expected_sha256=null to measure with yours, "
            f"or use {instead} (offline)"
        )
    return found
