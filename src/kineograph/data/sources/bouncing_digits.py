"""Films of bouncing digits, drawn from a sheet of pictures a digit and split whenever they are asked for."""

import hashlib
import json
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64, UInt8
from PIL import Image

from kineograph.core.random import MODULUS, mix
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.data.clip_store import ClipStore
from kineograph.data.films import Film, split_of

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FACTORS = (
    "digit",
    "x",
    "y",
    "vx",
    "vy",
)  # of each digit: centre at the start and velocity, in picture sides (a second)
FPS = 120.0  # films are drawn at any moment; this only counts their frames
FILM, WALL = 0, 1  # tags of the draws
VERSION = 1  # raise it when the same settings draw other pixels


class BouncingDigits:
    """Film ``index`` is drawn from (seed, index); digits stand on whole pixels and the brighter one is seen.

    Label = the first digit; factors = ``FACTORS`` of every digit in turn; group = the pictures shown.
    """

    def __init__(
        self, *, images: ClipStore, num_clips: int, num_digits: int, digit_size: float, speeds: tuple[float, float],
        at_walls: str, height: int, width: int, duration: float | int, held_out: float | int, seed: int,
    ):  # fmt: skip
        self.images = images
        self.speeds = speeds
        self.at_walls = at_walls
        self.height = height
        self.width = width
        self.duration = duration
        self.seed = seed
        self.side = min(height, width)
        self.pixels = min(max(1, round(digit_size * self.side)), self.side - 1)
        self.room = (np.array([width, height]) - self.pixels) / self.side  # of a digit's corner, in picture sides
        settings = [VERSION, images.data_hash, num_clips, num_digits, digit_size, speeds, at_walls, height, width]
        self.data_hash = hashlib.sha256(json.dumps([*settings, duration, held_out, seed]).encode()).hexdigest()
        self.classes = list(WORDS)
        self.licence, self.attribution = images.licence, images.attribution
        sheets: dict[str, dict[int, int]] = {}
        for place, film in enumerate(images.films):
            sheets.setdefault(film.split, {})[film.label] = place
        splits = split_of([str(index) for index in range(num_clips)], held_out)
        self.shown: list[list[tuple[int, int]]] = []  # of each film: sheet and picture of every digit
        self.films = []
        for index in range(num_clips):
            split = splits[str(index)]
            shown, factors = [], []
            for number in range(num_digits):
                u = [mix(seed, index, FILM, number, tag) / MODULUS for tag in range(6)]
                digit = sorted(sheets[split])[int(u[0] * len(sheets[split]))]
                sheet = sheets[split][digit]
                shown.append((sheet, int(u[1] * images.films[sheet].num_frames)))
                corner = self.room * u[2:4]
                factors += [float(digit), *(corner + self.pixels / self.side / 2), *self._velocity(u[4], u[5])]
            names = [WORDS[int(digit)] for digit in factors[:: len(FACTORS)]]
            self.shown.append(shown)
            self.films.append(
                Film(
                    key=index * KEYS_PER_GROUP,
                    group=f"{index}: " + " ".join(f"{images.films[sheet].label}/{place}" for sheet, place in shown),
                    split=split,
                    label=int(factors[0]),
                    caption=" and ".join(f"{'an' if name == 'eight' else 'a'} {name}" for name in names),
                    factors=tuple(map(float, factors)),
                    num_frames=round(duration * FPS) + 1,
                    fps=FPS,
                )
            )

    def place(self, index: int, number: int, times: Float64[np.ndarray, "t"]) -> Float64[np.ndarray, "t 2"]:
        """The centre of a film's digit (x to the right, y down) at these moments, in picture sides."""
        knots, corners = map(np.array, zip(*self._path(index, number), strict=True))
        half = self.pixels / self.side / 2
        return np.stack([np.interp(times, knots, corners[:, axis]) + half for axis in range(2)], axis=-1)

    def read(self, index: int, times: Float64[np.ndarray, "t"]) -> UInt8[np.ndarray, "t h w 1"]:
        frames = np.zeros((len(times), self.height, self.width, 1), dtype=np.uint8)
        times = np.clip(times, 0, self.duration)
        for number, (sheet, place) in enumerate(self.shown[index]):
            picture = Image.fromarray(self.images.whole(sheet)[place, :, :, 0])
            if picture.width != self.pixels:
                picture = picture.resize((self.pixels, self.pixels), Image.Resampling.BICUBIC)
            digit = np.asarray(picture)[..., None]
            corner = np.rint(self.place(index, number, times) * self.side - self.pixels / 2).astype(np.int64)
            for frame, (x, y) in zip(frames, corner, strict=True):
                under = frame[y : y + self.pixels, x : x + self.pixels]
                np.maximum(under, digit, out=under)
        return frames

    def _path(self, index: int, number: int) -> Iterator[tuple[float, np.ndarray]]:
        """Where a digit's corner is whenever it meets a wall; in between it flies straight on."""
        first = len(FACTORS) * number
        factors = np.array(self.films[index].factors[first : first + len(FACTORS)])
        corner, velocity = factors[1:3] - self.pixels / self.side / 2, factors[3:5]
        time, bounces = 0.0, 0
        yield time, corner
        while time < self.duration:
            with np.errstate(divide="ignore", invalid="ignore"):
                until = np.where(velocity > 0, self.room - corner, -corner) / velocity
            until = np.where(velocity == 0, np.inf, np.maximum(until, 0))
            axis = int(until.argmin())
            step = min(float(until[axis]), self.duration - time)
            time, corner = time + step, np.clip(corner + velocity * step, 0, self.room)
            yield time, corner
            inward = -np.sign(velocity[axis])
            if self.at_walls == "reflect":
                velocity = np.where(np.arange(2) == axis, -velocity, velocity)
            else:
                u, v = (mix(self.seed, index, WALL, number, bounces, tag) / MODULUS for tag in range(2))
                velocity = self._velocity(u, v)
                velocity[axis] = inward * abs(velocity[axis])
            bounces += 1

    def _velocity(self, turn: float, share: float) -> Float64[np.ndarray, "2"]:
        """A direction, and a speed of the range, from two uniform numbers."""
        speed = self.speeds[0] + (self.speeds[1] - self.speeds[0]) * share
        return speed * np.array([np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)])
