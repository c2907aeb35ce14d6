"""The user's own films: any nesting, class = first sub-folder, decoded once into a store."""

from pathlib import Path

from PIL import Image

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_folder
from kineograph.core.video import FILMS, PICTURES
from kineograph.data.folder import endings, item, walk
from kineograph.data.prepared import Prepared, place_of
from kineograph.data.side_cars import items_of
from kineograph.data.store_writer import Item, Shape

MOVING = (*FILMS, ".gif", ".webp", ".apng")
SEQUENCE = 2  # a folder with so many still pictures or more, and nothing else, is one film


class VideoFolder(Prepared):
    """Films, moving pictures and folders of numbered frames below ``folder``; stored at this size and rate.

    ``stills``: pictures are clips of one frame instead, among the films. A film is its own group unless a side-car
    says otherwise. Raises UserError for a missing or empty folder.
    """

    def __init__(
        self, *, folder: str, stills: bool, background: tuple[int, int, int] | list[int], height: int, width: int,
        channels: int, fps: float | int, resize: str, held_out: float | int,
    ):  # fmt: skip
        self.folder = local_folder(folder)
        self.stills = stills
        super().__init__(
            name=place_of(self.folder) + "-stills-too" * stills,
            command=f"kineograph data prepare video_folder data.source.folder={self.folder}",
            settings={"folder": str(self.folder.resolve()), "stills": stills},
            shape=Shape(height, width, float(fps), tuple(background), channels, resize),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        attribution = str(self.folder.resolve())
        return {"name": f"video_folder {self.folder}", "licence": "the user's own", "attribution": attribution}

    def items(self) -> tuple[list[Item], list[str]]:
        found, seen = [], []
        for folder, files in walk(self.folder):
            moving = {path for path in files if path.suffix.lower() in MOVING or _is_moving_png(path)}
            stills = [path for path in files if path.suffix.lower() in PICTURES and path not in moving]
            found += [item(self.folder, path) for path in files if path in moving]
            seen += files
            if self.stills:
                found += [item(self.folder, path)._replace(frames=1) for path in stills]
            elif len(stills) >= SEQUENCE and not moving:
                found.append(item(self.folder, folder))
        if not found:
            raise UserError(
                f"{self.folder}: holds no films; expected {' '.join(MOVING)} or folders of pictures, "
                f"found {endings(seen)}"
            )
        return items_of(self.folder, found)


def _is_moving_png(path: Path) -> bool:
    if path.suffix.lower() != ".png" or not path.is_file():
        return False
    try:
        with Image.open(path) as picture:
            return getattr(picture, "is_animated", False)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False  # what is wrong with it is told when it is read
