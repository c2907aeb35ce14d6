"""The user's own films: any nesting, class = first sub-folder, decoded once into a store."""

import hashlib
from pathlib import Path

from kineograph.core.errors import UserError
from kineograph.core.video import FILMS, PICTURES
from kineograph.data.clip_store import ClipStore, stores_folder
from kineograph.data.store_writer import Item, Shape, write_store

MOVING = (*FILMS, ".gif", ".webp")
SEQUENCE = 2  # a folder with so many still pictures or more, and nothing else, is one film


class VideoFolder:
    """Films, moving pictures and folders of numbered frames below ``folder``; stored at this size and rate.

    A film is its own group. Raises UserError for a missing or empty folder.
    """

    def __init__(
        self, *, folder: str, background: tuple[int, int, int] | list[int], height: int, width: int, fps: float | int,
        held_out: float | int,
    ):  # fmt: skip
        self.folder = Path(folder)
        self.held_out = held_out
        self.shape = Shape(height, width, float(fps), tuple(background))
        self.settings = {
            "folder": str(self.folder.resolve()),
            "height": height,
            "width": width,
            "fps": float(fps),
            "background": list(background),
            "held_out": held_out,
        }
        place = hashlib.sha256(self.settings["folder"].encode()).hexdigest()[:6]
        name = self.folder.resolve().name or "films"
        self.store_folder = stores_folder() / f"{name}-{place}-{height}x{width}-{fps:g}fps"

    def open(self) -> ClipStore:
        command = f"kineograph data prepare video_folder data.source.folder={self.folder}"
        return ClipStore(self.store_folder, self.settings, command)

    def prepare(self, num_processes: int) -> list[str]:
        """Decodes everything into the store; returns one line for each file that was skipped."""
        items, classes = self.items()
        meta = {
            "name": f"video_folder {self.folder}",
            "licence": "the user's own",
            "attribution": str(self.folder.resolve()),
            "classes": classes,
        }
        return write_store(self.store_folder, items, self.shape, self.held_out, meta, self.settings, num_processes)

    def items(self) -> tuple[list[Item], list[str]]:
        """All films below the folder, and the names of the classes."""
        if not self.folder.is_dir():
            raise UserError(f"{self.folder}: no such folder; give data.source.folder=PATH")
        paths = []
        for folder in [self.folder, *sorted(p for p in self.folder.rglob("*") if p.is_dir())]:
            files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
            stills = [p for p in files if p.suffix.lower() in PICTURES and p.suffix.lower() not in MOVING]
            moving = [p for p in files if p.suffix.lower() in MOVING]
            paths += moving
            if len(stills) >= SEQUENCE and not moving:
                paths.append(folder)
        if not paths:
            raise UserError(f"{self.folder}: holds no films; expected {' '.join(MOVING)} or folders of pictures")
        relative = [path.relative_to(self.folder) for path in paths]
        # A film that lies directly in the folder has no class; a folder of frames is a film, not a class.
        classes = sorted({path.parts[0] for path in relative if len(path.parts) > 1})
        items = [
            Item(
                path=path,
                source=place.as_posix(),
                group=place.as_posix(),
                label=classes.index(place.parts[0]) if len(place.parts) > 1 else -1,
                caption=place.parts[0].replace("_", " ") if len(place.parts) > 1 else "",
            )
            for path, place in zip(paths, relative, strict=True)
        ]
        return items, classes
