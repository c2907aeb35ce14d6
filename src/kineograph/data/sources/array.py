"""Films in arrays: .npy, .npz and HDF5 files, one film a file or many."""

import contextlib
import functools
import importlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_file
from kineograph.data.folder import endings, item, walk
from kineograph.data.prepared import Prepared, place_of
from kineograph.data.side_cars import TABLE, Told, beside, checked, labelled, table
from kineograph.data.store_writer import Item, Shape

HDF5 = (".h5", ".hdf5")
KINDS = (".npy", ".npz", *HDF5)
BROKEN = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error)
GUESS = {3: "thw", 5: "nthwc"}  # axes by their number; four are t h w c where the last can be colours, else n t h w


class Array(Prepared):
    """The films of one file or of all files below a folder; ``axes`` names them (n films, t h w c), null: by number.

    uint8, whole numbers of 0 to 255, or floats of 0 to 1. In .npz and HDF5 the films are called ``video``; ``label``,
    ``caption``, ``group`` and ``split`` may stand beside them. Raises UserError for arrays that are no films.
    """

    def __init__(
        self, *, path: str, axes: str | None, frames_fps: float | int, background: tuple[int, int, int] | list[int],
        height: int, width: int, channels: int, fps: float | int, resize: str, held_out: float | int,
    ):  # fmt: skip
        self.path = local_file(path)
        self.axes = (axes or "").replace(" ", "")
        if self.axes and (
            sorted(set(self.axes)) != sorted(self.axes) or not set("thw") <= set(self.axes) <= set("nthwc")
        ):
            raise UserError(f'data.source.axes is "{axes}"; t, h and w, and n or c where there are such axes')
        if not frames_fps > 0:
            raise UserError(f"data.source.frames_fps is {frames_fps}; how many frames are shown in a second?")
        self.frames_fps = float(frames_fps)
        super().__init__(
            name=f"{place_of(self.path)}-array",
            command=f"kineograph data prepare array data.source.path={self.path}",
            settings={"path": str(self.path.resolve()), "axes": self.axes, "frames_fps": self.frames_fps},
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        attribution = str(self.path.resolve())
        return {"name": f"array {self.path}", "licence": "the user's own", "attribution": attribution}

    def items(self) -> tuple[list[Item], list[str]]:
        if self.path.is_file():
            folder, files = self.path.parent, [self.path]
        else:
            folder, files = self.path, [path for _, files in walk(self.path) for path in files]
        rows = table(folder)
        arrays = [path for path in files if path.suffix.lower() in KINDS]
        if not arrays:
            raise UserError(f"{self.path}: no array; expected {' '.join(KINDS)}, found {endings(files)}")
        items, told = [], []
        for path in arrays:
            whole = item(folder, path)
            shape, beside_it = _describe(path)
            axes = _axes(path, self.axes, shape)
            own = beside(path).over(rows.pop(whole.source, (0, Told()))[1])
            count = shape[axes.index("n")] if "n" in axes else None
            for place in range(1 if count is None else count):
                read = functools.partial(_frames, path, axes, place, self.frames_fps)
                name = whole.source if count is None else f"{whole.source}#{place:06d}"
                items.append(whole._replace(source=name, group=name, read=read))
                told.append(_told(path, beside_it, place, count).over(own))
        if rows and self.path.is_dir():
            name, (line, _) = min(rows.items(), key=lambda row: row[1][0])
            raise UserError(f"{folder / TABLE}:{line}: there is no array '{name}' in {folder}")
        if not items:
            raise UserError(f"{self.path}: its arrays hold no film (shape {shape})")
        return labelled(items, told, by_folder=True)


def _axes(path: Path, axes: str, shape: tuple[int, ...]) -> str:
    if not axes:
        axes = GUESS.get(len(shape)) or ("thwc" if len(shape) == 4 and shape[-1] in (1, 3, 4) else "nthw")
    if len(axes) != len(shape) or ("c" in axes and shape[axes.index("c")] not in (1, 3, 4)):
        raise UserError(
            f"{path}: shape {shape} is not {' '.join(axes)} with 1, 3 or 4 colours; "
            'name its axes, such as data.source.axes="n t c h w"'
        )
    return axes


def _told(path: Path, beside_it: dict[str, np.ndarray], place: int, count: int | None) -> Told:
    values = {}
    for name, array in beside_it.items():
        if count is not None and array.shape[:1] != (count,):
            raise UserError(f"{path}: {count} films, but '{name}' has shape {array.shape}")
        if array.size == 0:
            raise UserError(f"{path}: '{name}' is empty")
        value = array.reshape(-1)[place if count is not None else 0]
        value = value.item() if isinstance(value, np.generic) else value  # HDF5 has words as Python's own
        value = int(value) if isinstance(value, float) and value.is_integer() else value
        try:
            values[name] = value.decode() if isinstance(value, bytes) else value
        except UnicodeDecodeError as error:
            raise UserError(f"{path}: '{name}' of film {place} is not UTF-8") from error
    return checked(values, lambda name: f"{path}: film {place}")


def _describe(path: Path) -> tuple[tuple[int, ...], dict[str, np.ndarray]]:
    """The shape of the films, and what stands beside them."""
    with _Opened(path) as arrays:
        films = _array(path, arrays, _name(path, arrays))
        return tuple(films.shape), {
            name: np.asarray(_array(path, arrays, name)) for name in Told._fields if name in arrays
        }


def _array(path: Path, arrays: Any, name: str) -> Any:
    """The array of this name. Raises UserError for a damaged one, Python objects, and a group of HDF5."""
    try:
        found = arrays[name]
    except BROKEN as error:
        why = f"{error}; words are plain arrays of dtype=str" if "pickle" in str(error) else error
        raise UserError(f"{path}: '{name}' cannot be read ({why})") from error
    if not isinstance(getattr(found, "shape", None), tuple):
        raise UserError(f"{path}: '{name}' is a group of arrays; one array is wanted")
    return found


def _name(path: Path, arrays: Any) -> str:
    names = list(arrays)
    found = names if len(names) == 1 else [name for name in names if name == "video"]
    if not found:
        raise UserError(f"{path}: holds {', '.join(names) or 'nothing'}; call the array of the films 'video'")
    return found[0]


class _Opened:
    """The arrays of a file by name; the one of an .npy file is called ``video``."""

    def __init__(self, path: Path):
        self.path = path
        self.closing = contextlib.ExitStack()

    def __enter__(self) -> Any:
        try:
            if self.path.suffix.lower() == ".npy":
                return {"video": np.load(self.path, mmap_mode="r", allow_pickle=False)}
            if self.path.suffix.lower() == ".npz":
                file = self.closing.enter_context(self.path.open("rb"))
                arrays = np.load(file, allow_pickle=False)
            else:
                arrays = importlib.import_module("h5py").File(self.path, "r")
            self.closing.callback(arrays.close)
            return arrays
        except ModuleNotFoundError as error:
            raise UserError(f"{self.path}: HDF5 is read by h5py; pip install h5py (the extra 'hdf5')") from error
        except BROKEN as error:
            self.closing.close()
            raise UserError(f"{self.path}: damaged, cut off or no plain array ({error})") from error

    def __exit__(self, *error: object) -> None:
        self.closing.close()


@functools.lru_cache(maxsize=1)
def _npz(path: Path, changed: float) -> np.ndarray:
    """An .npz is compressed as a whole: it is kept while its films are taken one by one."""
    with _Opened(path) as arrays:
        return arrays[_name(path, arrays)]


def _frames(
    path: Path, axes: str, place: int, fps: float, background: tuple[int, int, int]
) -> Iterator[tuple[float, np.ndarray]]:
    where: list[Any] = [slice(None)] * len(axes)
    if "n" in axes:
        where[axes.index("n")] = place
    try:
        if path.suffix.lower() == ".npz":
            film = _npz(path, path.stat().st_mtime)[tuple(where)]
        else:
            with _Opened(path) as arrays:
                film = np.array(arrays[_name(path, arrays)][tuple(where)])
    except BROKEN as error:
        raise error if isinstance(error, UserError) else UserError(f"{path}: damaged or cut off ({error})") from error
    left = axes.replace("n", "")
    film = film.transpose([left.index(axis) for axis in "thwc" if axis in left])
    film = _uint8(path, place, film if "c" in left else film[..., None])
    if film.shape[-1] == 4:
        alpha = film[..., 3:].astype(np.float32) / 255
        film = np.rint(film[..., :3] * alpha + np.array(background) * (1 - alpha)).astype(np.uint8)
    for number, frame in enumerate(np.broadcast_to(film, (*film.shape[:3], 3))):
        yield number / fps, np.ascontiguousarray(frame)


def _uint8(path: Path, place: int, film: np.ndarray) -> np.ndarray:
    if film.size == 0 or film.dtype.kind not in "uifb":
        raise UserError(f"{path}: film {place} has shape {film.shape} and kind {film.dtype}; numbers are wanted")
    if film.dtype == np.uint8:
        return film
    scale = 255 if film.dtype.kind in "fb" else 1
    low, high = float(film.min()), float(film.max())
    if not (low >= 0 and high * scale <= 255):
        wanted = "floats of 0 to 1" if scale == 255 else "whole numbers of 0 to 255"
        raise UserError(f"{path}: film {place} has values of {low:g} to {high:g}; {wanted} (or uint8) are wanted")
    return np.rint(film.astype(np.float64) * scale).astype(np.uint8)
