"""One prepare at a time: a lock beside the store, which the system gives back when its holder ends, however it ends."""

import contextlib
import errno
import fcntl
import functools
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from kineograph.core.errors import UserError

R = TypeVar("R")
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)  # some network file systems


def one_at_a_time(write: Callable[..., R]) -> Callable[..., R]:
    """Lets ``write(folder, ...)`` run once at a time for a folder. Raises UserError where another one is at work."""

    @functools.wraps(write)
    def guarded(folder: Path, *args: Any) -> R:
        with locked(folder):
            return write(folder, *args)

    return guarded


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds ``.NAME.lock`` beside the folder, with the name of its holder in it."""
    path = folder.with_name(f".{folder.name}.lock")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        file = _held(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); set KINEOGRAPH_STORES elsewhere") from error
    try:
        os.ftruncate(file, 0)
        os.write(file, f"process {os.getpid()} on {socket.gethostname()}".encode())
        yield
    finally:
        path.unlink(missing_ok=True)  # still locked: whoever waits for this file sees that it has gone
        os.close(file)


def _held(path: Path) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 200).decode(errors="replace") or "another process"
            os.close(file)
            raise UserError(
                f"{path.parent / path.stem[1:]}: is being prepared by {holder}; wait until that has ended"
            ) from error
        except OSError as error:
            if error.errno not in NO_LOCKS:
                os.close(file)
                raise
            return file
        if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
            return file
        os.close(file)  # its holder has just ended and deleted it
