"""The sha256 of a weight file, for the protocol card."""

import functools
import hashlib
from pathlib import Path


@functools.lru_cache
def file_hash(path: Path) -> str:
    """Hexadecimal sha256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
