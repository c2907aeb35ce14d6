"""Hand-drawn figures of the game The Battle for Wesnoth: a unit attacks, shoots, dies, idles or moves.

They come as a Debian package, wesnoth-1.16-data, and are under the GPL: fetched, never passed on with kineograph.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.fetched import Fetched
from kineograph.data.packages import Package, unpacked
from kineograph.data.store_writer import Item, Shape

HEX = 72  # pixels of the game's fields: figures stand in the middle of one
WORDS = {
    "die": "die die2 death dying decay",
    "shoot": "ranged bow throw fire inhale launch magic lightning javelin jarid crossbow sling flame thunderstick",
    "attack": "attack melee blade sword spear axe hammer pincer pierce kick slash bite claws 2claws impact mace "
    "stinger sting fist tail charge staff dagger club longsword punch trident whip",
    "move": "run fly flying takeoff soar teleport moving swim",
    "idle": "idle idle2 bob stand standing taunt victory heal healing",
}
DIRECTIONS = {"n": "north", "s": "south", "ne": "northeast", "se": "southeast", "nw": "northwest", "sw": "southwest"}
ATTRIBUTION = """The Battle for Wesnoth (wesnoth.org): art copyright 2003-2023 by the Wesnoth developers and artists,
packaged by Debian; GNU General Public License, version 2 or at your option any later version:
https://www.gnu.org/licenses/old-licenses/gpl-2.0.html
The films in this folder are that art laid on a background and scaled by kineograph; they are under the same licence.
Who passes them on passes the licence on too. The magenta parts are where the game puts a player's colour.
"""


class Wesnoth(Fetched):
    """Sequences of ``min_frames`` pictures or more; label = action, group = unit.

    Pictures that never show ``min_area`` solid pixels, or whose name tells neither action nor direction, are effects
    and left out. Films last ``duration`` seconds: a death is played once, idling back and forth, the rest over again.
    """

    def __init__(
        self, *, package: str, min_frames: int, min_area: int, frames_fps: float | int, duration: float | int,
        background: tuple[int, int, int] | list[int], height: int, width: int, channels: int, fps: float | int,
        held_out: float | int,
    ):  # fmt: skip
        if min_frames < 2 or not frames_fps > 0 or not duration > 0:
            raise UserError(f"data.source: min_frames {min_frames}, frames_fps {frames_fps}, duration {duration}")
        self.package = package
        self.min_frames = min_frames
        self.min_area = min_area
        self.frames_fps = float(frames_fps)
        self.duration = float(duration)
        super().__init__(
            name=package,
            command=f"kineograph data prepare wesnoth data.source.package={package}",
            settings={
                "package": package,
                "min_frames": min_frames,
                "min_area": min_area,
                "frames_fps": self.frames_fps,
                "duration": self.duration,
            },
            shape=Shape(height, width, float(fps), tuple(background), channels),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        return {
            "name": "wesnoth",
            "licence": "GPL-2.0-or-later",
            "attribution": "The Battle for Wesnoth by its developers and artists (wesnoth.org)",
        }

    def notice(self) -> str:
        return ATTRIBUTION

    def items(self) -> tuple[list[Item], list[str]]:
        folder = unpacked(Package("deb", self.package, "", 146), self.package, _unit_picture)
        sequences: dict[tuple[str, str], dict[int, Path]] = {}
        for path in sorted(folder.rglob("*.png")):
            numbered = re.fullmatch(r"(.+?)-?(\d+)", path.stem)
            if numbered:
                name = (path.parent.relative_to(folder).as_posix(), numbered[1])
                sequences.setdefault(name, {})[int(numbered[2])] = path
        items = []
        for (where, name), pictures in sequences.items():
            paths = [pictures[number] for number in sorted(pictures)]
            if len(paths) < self.min_frames or max(map(_area, paths)) < self.min_area:
                continue
            unit, action, direction = told_by(name)
            if not action:
                continue
            order = [
                _shown(action, len(paths), place) for place in range(max(1, round(self.duration * self.frames_fps)))
            ]
            said = " ".join([unit, action + "s", *([direction] if direction else [])])
            read = partial(_film, paths, order, self.frames_fps)
            items.append(Item(paths[0], f"{where}/{name}", unit, list(WORDS).index(action), said, read=read))
        if not items:
            raise UserError(f"{folder}: no sequence of {self.min_frames} pictures; delete it and run again")
        return items, list(WORDS)


def told_by(name: str) -> tuple[str, str, str]:
    """Unit, action and direction of a sequence such as ``grunt-attack-se``; "" where there is none.

    A direction alone is how the unit stands there.
    """
    first, *rest = re.split(r"[-_]", re.sub(r"\+[a-z]+", "", name))
    kinds = {word: action for action, words in WORDS.items() for word in words.split()}
    known = [place for place, word in enumerate(rest) if word in kinds or word in DIRECTIONS]
    unit = " ".join([first, *rest[: known[0] if known else len(rest)]])
    said = {kinds[word] for word in rest if word in kinds}
    direction = next((DIRECTIONS[word] for word in rest if word in DIRECTIONS), "")
    return unit, next((action for action in WORDS if action in said), "idle" if direction else ""), direction


def _unit_picture(name: str) -> str | None:
    place = re.fullmatch(r".*?/data/(?:campaigns/)?(.+)/images/units/(.+\.png)", name)
    return f"{place[1]}/{place[2]}" if place else None


def _area(path: Path) -> int:
    """How many pixels are solid."""
    try:
        with Image.open(path) as picture:
            return int((np.asarray(picture.convert("RGBA"))[..., 3] > 127).sum())
    except OSError:
        return 0


def _shown(action: str, count: int, place: int) -> int:
    if action == "die":
        return min(place, count - 1)
    if action == "idle":
        return count - 1 - abs(count - 1 - place % (2 * count - 2))
    return place % count


def _film(
    paths: list[Path], order: list[int], fps: float, background: tuple[int, int, int]
) -> Iterator[tuple[float, np.ndarray]]:
    pictures = []
    for path in paths:
        try:
            with Image.open(path) as picture:
                pictures.append(picture.convert("RGBA"))
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error})") from error
    side = max(HEX, *(length for picture in pictures for length in picture.size))
    frames = []
    for picture in pictures:
        over = Image.new("RGBA", (side, side))
        over.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
        sheet = Image.new("RGBA", (side, side), (*background, 255))
        frames.append(np.asarray(Image.alpha_composite(sheet, over).convert("RGB")))
    for place, number in enumerate(order):
        yield place / fps, frames[number]
