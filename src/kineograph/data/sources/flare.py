"""Characters of the game Flare: rendered bodies, clothes and weapons laid over each other, 8 actions seen from 8 sides.

They come as Debian's package flare-game. Every outfit does the same at the same moments: films that agree in their
first two factors (action, direction) are one motion by two characters, frame for frame: the truth for motion transfer.
"""

import functools
import itertools
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.core.random import mix
from kineograph.data.fetched import Fetched
from kineograph.data.packages import Package, unpacked
from kineograph.data.store_writer import Item, Shape

PACKAGE = Package("deb", "flare-game", "", 123)
INSIDE = "usr/share/games/flare/mods/fantasycore/"
WANTED = ("animations/avatar/male/", "animations/avatar/female/", "images/avatar/", "engine/hero_layers", "items/base/")
ACTIONS = {
    "stance": "stands",
    "run": "runs",
    "swing": "strikes",
    "shoot": "shoots",
    "cast": "casts",
    "block": "blocks",
    "hit": "is hit",
    "die": "dies",
}
DIRECTIONS = ("west", "northwest", "north", "northeast", "east", "southeast", "south", "southwest")
PEOPLE = {"male": "man", "female": "woman"}
SLOTS = ("head", "chest", "hands", "legs", "feet", "main", "off")
FACTORS = (
    "action",
    "direction",
    "outfit",
    "sex",
    "chest",
    "main",
    "off",
)  # numbers of their lists; main, off: 0 = none
ATTRIBUTION = """Flare (flarerpg.org): art copyright 2011-2021 Clint Bellanger and contributors,
packaged by Debian as flare-game; CC-BY-SA-3.0, later versions are permitted.
The films in this folder are layers of that art laid over each other on a background, cut out and scaled by kineograph;
they are under the same licence: https://creativecommons.org/licenses/by-sa/3.0/
"""


class Drawn(NamedTuple):
    """One picture of a layer: where it lies in its sheet, and where its anchor is in it."""

    x: int
    y: int
    width: int
    height: int
    anchor_x: int
    anchor_y: int


class Action(NamedTuple):
    """What a layer shows while an action lasts."""

    num_frames: int
    seconds: float  # from the first frame to the end of the last
    kind: str  # looped, back_forth or play_once
    frames: dict[tuple[int, int], Drawn]  # by frame and direction


class Flare(Fetched):
    """``outfits`` characters dressed by chance from ``seed``; label = action, group = outfit, factors = ``FACTORS``.

    ``box`` game pixels are seen, the feet in the middle at three quarters of the height. Films last ``duration``
    seconds; what is played once begins again after ``pause`` seconds, but for dying. Raises UserError.
    """

    def __init__(
        self, *, outfits: int, box: int, duration: float | int, pause: float | int, seed: int, height: int, width: int,
        channels: int, fps: float | int, background: tuple[int, int, int] | list[int], held_out: float | int,
    ):  # fmt: skip
        if not 1 <= outfits <= 1000:
            raise UserError(f"data.source.outfits is {outfits}; 1 to 1000 can be dressed")
        self.outfits = outfits
        self.seed = seed
        self.play = {"box": box, "duration": float(duration), "pause": float(pause)}
        super().__init__(
            name=f"flare-{outfits}",
            command=f"kineograph data prepare flare data.source.outfits={outfits}",
            settings={"outfits": outfits, "seed": seed} | self.play,
            shape=Shape(height, width, float(fps), tuple(background), channels),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        return {
            "name": "flare",
            "licence": "CC-BY-SA-3.0 or later",
            "attribution": "Flare by Clint Bellanger and contributors (flarerpg.org)",
        }

    def notice(self) -> str:
        return ATTRIBUTION

    def items(self) -> tuple[list[Item], list[str]]:
        folder = unpacked(PACKAGE, "flare-game", _wanted)
        order = _order(folder / "engine" / "hero_layers.txt")
        wardrobe = _wardrobe(folder)
        items, worn = [], set()
        for attempt in itertools.count():
            if len(worn) == self.outfits:
                break
            if attempt > 1000 * self.outfits:
                raise UserError(f"data.source.outfits={self.outfits}: there are not so many outfits in {folder}")
            sex, outfit = self._dressed(wardrobe, attempt)
            if (sex, *outfit.values()) in worn:
                continue
            number = len(worn)
            worn.add((sex, *outfit.values()))
            name = " ".join([sex, *(outfit[slot] or "none" for slot in SLOTS)])
            layers = {slot: sheet for slot, sheet in outfit.items() if sheet}
            known = [actions(folder / "animations" / "avatar" / sex / f"{sheet}.txt") for sheet in layers.values()]
            of_outfit = [float(number), float(list(PEOPLE).index(sex))]
            of_outfit += [float(wardrobe[sex][slot].index(outfit[slot])) for slot in ("chest", "main", "off")]
            for label, (action, verb) in enumerate(ACTIONS.items()):
                if not all(action in layer for layer in known):
                    continue  # such as shooting with an axe
                for direction, where in enumerate(DIRECTIONS):
                    things = [outfit[slot] for slot in ("chest", "main", "off") if outfit[slot]]
                    said = ", ".join([f"{PEOPLE[sex]} {verb} {where}", *(_spoken(thing) for thing in things)])
                    sheets = [(sex, layers[slot]) for slot in order[direction] if slot in layers]
                    items.append(
                        Item(
                            path=folder / "engine" / "hero_layers.txt",
                            source=f"{number:04d} {name}/{action} {where}",
                            group=name,
                            label=label,
                            caption=said,
                            read=partial(_film, folder, sheets, action, direction, **self.play),
                            factors=(float(label), float(direction), *of_outfit),
                        )
                    )
        return items, list(ACTIONS)

    def _dressed(self, wardrobe: dict[str, dict[str, list[str]]], attempt: int) -> tuple[str, dict[str, str]]:
        """Sex and the sheet of every slot; "" where a hand is empty. An archer has no second weapon."""
        sex = list(PEOPLE)[mix(self.seed, attempt) % 2]
        outfit = {}
        for place, slot in enumerate(SLOTS):
            choices = wardrobe[sex][slot]
            outfit[slot] = choices[mix(self.seed, attempt, place + 1) % len(choices)]
        if "bow" in outfit["off"] or outfit["off"] == "slingshot":
            outfit["main"] = ""
        return sex, outfit


def _wanted(name: str) -> str | None:
    inside = name.removeprefix(INSIDE)
    return inside if name.startswith(INSIDE) and inside.startswith(WANTED) else None


def _spoken(sheet: str) -> str:
    """A sheet's name as words: plate_cuirass, default_chest, mage_vest_alt1."""
    words = re.sub(r"_alt\d+$", "", sheet).split("_")
    return "bare chest" if words[0] == "default" else " ".join(words)


def _order(path: Path) -> list[list[str]]:
    """The slots from back to front for every direction."""
    found = dict(re.findall(r"^layer=(\d+),(\S+)$", path.read_text(), re.MULTILINE)) if path.is_file() else {}
    if sorted(map(int, found)) != list(range(len(DIRECTIONS))):
        raise UserError(f"{path}: not the order of 8 directions; delete {path.parent.parent} and run again")
    return [found[str(direction)].split(",") for direction in range(len(DIRECTIONS))]


def _wardrobe(folder: Path) -> dict[str, dict[str, list[str]]]:
    """The sheets of every slot by sex: what the game's items name, their variants, hair, and the bare body."""
    slots = {}
    for path in sorted((folder / "items" / "base").rglob("*.txt")):
        told = dict(re.findall(r"^(item_type|gfx)=(\S+)$", path.read_text(), re.MULTILINE))
        if len(told) == 2:
            slots[told["gfx"]] = told["item_type"]
    wardrobe: dict[str, dict[str, list[str]]] = {}
    for sex in PEOPLE:
        wardrobe[sex] = {slot: [""] if slot in ("main", "off") else [] for slot in SLOTS}
        for path in sorted((folder / "animations" / "avatar" / sex).glob("*.txt")):
            name = re.sub(r"_alt\d+$", "", path.stem)
            slot = slots.get(name, name.removeprefix("default_") if name.startswith("default_") else name[:4])
            if slot in SLOTS and actions(path):
                wardrobe[sex][slot].append(path.stem)
        if missing := [slot for slot in SLOTS if not wardrobe[sex][slot]]:
            raise UserError(f"{folder}: nothing for {sex} {' '.join(missing)}; delete it and run again")
    return wardrobe


@functools.lru_cache(maxsize=256)
def actions(path: Path) -> dict[str, Action]:
    """What a layer's file says: ``frame=number,direction,x,y,width,height,anchor x,anchor y``."""
    found = {}
    for name, body in re.findall(r"^\[(\w+)\]\n([^\[]*)", path.read_text(), re.MULTILINE):
        told = dict(re.findall(r"^(frames|duration|type)=(\w+)$", body, re.MULTILINE))
        rows = [list(map(int, row.split(","))) for row in re.findall(r"^frame=([-\d,]+)$", body, re.MULTILINE)]
        if name in ACTIONS and rows and len(told) == 3:
            drawn = {(row[0], row[1]): Drawn(*row[2:8]) for row in rows}
            found[name] = Action(
                int(told["frames"]), int(told["duration"].removesuffix("ms")) / 1000, told["type"], drawn
            )
    return found


def shown(action: Action, name: str, seconds: float, pause: float) -> int:
    """The number of the frame that an action shows at this moment."""
    step = action.seconds / action.num_frames
    place, last = int((seconds + 1e-6) / step), action.num_frames - 1
    if action.kind == "looped":
        return place % action.num_frames
    if action.kind == "back_forth":
        return last - abs(last - place % max(1, 2 * last))
    if name != "die":
        place = int((seconds + 1e-6) % (action.seconds + pause) / step)
    return min(place, last)


@functools.lru_cache(maxsize=24)
def _sheet(path: Path) -> Image.Image:
    try:
        with Image.open(path) as picture:
            return picture.convert("RGBA")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error})") from error


def _film(
    folder: Path, sheets: list[tuple[str, str]], action: str, direction: int, background: tuple[int, int, int], *,
    box: int, duration: float, pause: float,
) -> Iterator[tuple[float, np.ndarray]]:  # fmt: skip
    layers = []
    for sex, sheet in sheets:
        played = actions(folder / "animations" / "avatar" / sex / f"{sheet}.txt")[action]
        layers.append((_sheet(folder / "images" / "avatar" / sex / f"{sheet}.png"), played))
    first = layers[0][1]
    step = first.seconds / first.num_frames
    for place in range(max(1, round(duration / step))):
        number = shown(first, action, place * step, pause)
        yield place * step, _composed(layers, number, direction, background, box)


def _composed(
    layers: list[tuple[Image.Image, Action]], number: int, direction: int, background: tuple[int, int, int], box: int
) -> np.ndarray:
    picture = Image.new("RGBA", (box, box), (*background, 255))
    for sheet, played in layers:
        drawn = played.frames.get((number, direction))
        if drawn is None or not drawn.width or not drawn.height:
            continue
        piece = sheet.crop((drawn.x, drawn.y, drawn.x + drawn.width, drawn.y + drawn.height))
        over = Image.new("RGBA", (box, box))
        over.paste(piece, (box // 2 - drawn.anchor_x, box * 3 // 4 - drawn.anchor_y))
        picture = Image.alpha_composite(picture, over)
    return np.asarray(picture.convert("RGB"))
