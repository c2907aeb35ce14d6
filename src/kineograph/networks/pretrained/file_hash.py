"""The sha256 of a weight file, for the protocol card."""

import functools
from pathlib import Path

from kineograph.core.local_file import sha256


@functools.lru_cache
def file_hash(path: Path) -> str:
    """Hexadecimal sha256 of the file's bytes."""
    return sha256(path)
