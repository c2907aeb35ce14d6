"""Checkpoints that survive a kill at any moment and a full disk, and that cannot carry code."""

import os
import pickle
import shutil
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.local_file import sha256

SLACK = 100_000  # bytes for a file's own headers, and for what is written beside it
PRIMITIVES = (Tensor, int, float, bool, str, bytes, type(None))


class CheckpointStore:
    """Numbered checkpoints in one folder, the newest ``keep`` of them; each with its sha256 beside it.

    A checkpoint holds tensors and primitives only. It is written beside its place, flushed to the disk, read
    back, and only then renamed; older ones go last. A damaged one is skipped with a warning.
    """

    def __init__(self, *, folder: str, keep: int):
        if keep < 2:
            raise UserError(f"keep={keep}: at least 2 checkpoints are kept, so that one damaged file loses little")
        self.folder = Path(folder)
        self.keep = keep

    def paths(self) -> list[Path]:
        """All checkpoints, newest first."""
        return sorted(self.folder.glob("images-*.ckpt"), reverse=True)

    def save(self, state: dict[str, Any], images_seen: int) -> Path:
        """Writes one checkpoint. Raises UserError when it cannot; what was there before is still there."""
        require_plain(state)
        path = self.folder / f"images-{images_seen:012d}.ckpt"
        temporary = self.folder / f".{path.name}.{os.getpid()}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for left in self.folder.glob(".images-*.tmp"):  # by processes that were killed as they wrote
                left.unlink()
            if (needed := size_of(state) + SLACK) > (free := shutil.disk_usage(self.folder).free):
                raise OSError(f"it needs {needed / 1e6:.1f} MB and {free / 1e6:.1f} MB are free")
            with temporary.open("wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            digest = sha256(temporary)
            torch.load(temporary, map_location="cpu", weights_only=True)
            self._write_sidecar(path, digest)
            os.replace(temporary, path)
            self._sync_folder()
        except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
            raise UserError(
                f"cannot write the checkpoint '{path}': {_line(error)}; the earlier checkpoints are untouched; "
                "make room, then go on with resume=RUN"
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
        paths = self.paths()
        # A newer one was passed over as damaged when this run was resumed; it must not push a whole one out.
        newer = [other for other in paths[: paths.index(path)] if not self.folder_agrees(other)]
        for old in newer + [other for other in paths if other not in newer][self.keep :]:
            old.unlink(missing_ok=True)
            sidecar(old).unlink(missing_ok=True)
        return path

    def latest(self) -> dict[str, Any] | None:
        """The newest checkpoint that is whole, or None where none was written yet.

        Raises UserError when all are damaged, and at once when one is whole but holds anything except plain data.
        """
        paths = self.paths()
        for path in paths:
            if not self.folder_agrees(path):
                warnings.warn(f"{path} is damaged (its sha256 differs); trying the one before", stacklevel=2)
                continue
            return read_checkpoint(path)
        if paths:
            raise UserError(f"every checkpoint in '{self.folder}' is damaged; start again or restore one from a copy")
        return None

    def folder_agrees(self, path: Path) -> bool:
        """Whether the file is the one that was written."""
        beside = sidecar(path)
        return beside.is_file() and beside.read_text().split()[:1] == [sha256(path)]

    def _write_sidecar(self, path: Path, digest: str) -> None:
        beside = sidecar(path)
        temporary = beside.with_name(f".{beside.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("w") as file:
                file.write(f"{digest}  {path.name}\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, beside)
        finally:
            temporary.unlink(missing_ok=True)

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """One checkpoint file, on the CPU. A file that would run code when opened is refused with UserError."""
    if not path.is_file():
        raise UserError(f"there is no checkpoint '{path}'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about foreign pickles, which are refused right after
            state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UserError(
            f"'{path}' is refused: it holds more than tensors and plain values, and opening it could run code"
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise UserError(f"'{path}' is not a checkpoint, or is damaged: {_line(error)}") from error
    if not isinstance(state, dict):
        raise UserError(f"'{path}' is not a checkpoint of kineograph")
    return state


def require_plain(state: Any, place: str = "checkpoint") -> None:
    """Raises TypeError, naming the place, unless everything inside is a tensor or a primitive."""
    if isinstance(state, dict):
        for key, child in state.items():
            if not isinstance(key, str | int):
                raise TypeError(f"{place}: the key {key!r} is not plain")
            require_plain(child, f"{place}.{key}")
    elif isinstance(state, list | tuple):
        for number, child in enumerate(state):
            require_plain(child, f"{place}[{number}]")
    elif not isinstance(state, PRIMITIVES):
        raise TypeError(f"{place}: a {type(state).__name__} has no place in a checkpoint")


def size_of(state: Any) -> int:
    """Bytes of the tensors inside."""
    if isinstance(state, Tensor):
        return state.numel() * state.element_size()
    children = state.values() if isinstance(state, dict) else state if isinstance(state, list | tuple) else ()
    return sum(size_of(child) for child in children)


def sidecar(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
