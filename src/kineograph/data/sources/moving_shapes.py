"""Films made by the project itself: a shape of known identity, colour and size moves by a known law.

Nothing is stored: film ``index`` is drawn from (seed, index) whenever it is asked for, at any
moment in time, with exact edges (antialiased over one pixel).
"""

import colorsys
import hashlib
import json

import numpy as np
from jaxtyping import Float64, UInt8

from kineograph.core.errors import UserError
from kineograph.core.random import MODULUS, mix
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.data.films import FILMS_PER_GROUP, WINDOWS_PER_FILM, Film, check_share, split_of

SHAPES = ("circle", "square", "triangle", "ring")
LAWS = ("bounces", "circles", "swings", "pulses")
COLOURS = ("red", "orange", "green", "cyan", "blue", "purple")
HUES = (0.0, 0.09, 0.36, 0.5, 0.62, 0.8)  # of the colours, as shares of the colour wheel
SIZES = ("small", "large")
RADII = (0.12, 0.2)  # of the sizes, in picture sides
FACTORS = ("shape", "colour", "size", "law", "phase", "speed", "angle")
FPS = 120.0  # films are drawn at any moment; this only counts their frames
VERSION = 1  # raise it when the same settings draw other pixels


class MovingShapes:
    """``num_clips`` films of ``duration`` seconds. Label = law * 4 + shape; factors as in ``FACTORS``.

    Group = identity (shape, colour, size): a held-out identity is never trained on. Raises UserError
    for a number of clips, channels or colours that cannot be.
    """

    def __init__(
        self,
        *,
        num_clips: int,
        height: int,
        width: int,
        channels: int,
        duration: float | int,
        background: tuple[int, int, int] | list[int],
        held_out: float | int,
        seed: int,
    ):
        num_groups = len(SHAPES) * len(COLOURS) * len(SIZES)
        if not 1 <= num_clips <= num_groups * FILMS_PER_GROUP:
            raise UserError(f"data.source.num_clips is {num_clips}; 1 to {num_groups * FILMS_PER_GROUP} can be made")
        if channels not in (1, 3):
            raise UserError(f"data.source.channels is {channels}; 1 (grey) or 3 (colour) can be made")
        check_share(held_out)
        self.height = height
        self.width = width
        self.channels = channels
        self.background = np.array(background, dtype=np.float64)
        self.seed = seed
        settings = [VERSION, num_clips, height, width, channels, duration, list(background), held_out, seed]
        self.data_hash = hashlib.sha256(json.dumps(settings).encode()).hexdigest()
        self.classes = [f"{shape} {law}" for law in LAWS for shape in SHAPES]
        self.licence, self.attribution = "Apache-2.0", "drawn by kineograph"
        splits = split_of([self._identity(group) for group in range(num_groups)], held_out)
        places = [0] * num_groups
        self.films = []
        for index in range(num_clips):
            # Identities come round in turn, in an order of their own every round; so few films still differ.
            round_, place = divmod(index, num_groups)
            group = int(np.random.default_rng([seed, round_]).permutation(num_groups)[place])
            name = self._identity(group)
            factors = self._draw(index, group)
            law, shape = LAWS[int(factors[3])], SHAPES[int(factors[0])]
            self.films.append(
                Film(
                    key=group * KEYS_PER_GROUP + places[group] * WINDOWS_PER_FILM,
                    group=name,
                    split=splits[name],
                    label=int(factors[3]) * len(SHAPES) + int(factors[0]),
                    caption=f"a {SIZES[int(factors[2])]} {COLOURS[int(factors[1])]} {shape} {law}",
                    factors=factors,
                    num_frames=round(duration * FPS) + 1,
                    fps=FPS,
                )
            )
            places[group] += 1

    def open(self) -> "MovingShapes":
        return self

    def _identity(self, group: int) -> str:
        shape, colour, size = np.unravel_index(group, (len(SHAPES), len(COLOURS), len(SIZES)))
        return f"{SIZES[size]} {COLOURS[colour]} {SHAPES[shape]}"

    def _draw(self, index: int, group: int) -> tuple[float, ...]:
        """Shape, colour, size, law (numbers of their lists), phase in [0, 1), speed in rounds/s, angle in radians."""
        shape, colour, size = np.unravel_index(group, (len(SHAPES), len(COLOURS), len(SIZES)))
        uniform = [mix(self.seed, index, tag) / MODULUS for tag in range(4)]
        law = int(uniform[0] * len(LAWS))
        speed, angle = 0.4 + 0.6 * uniform[2], 2 * np.pi * uniform[3]
        return (float(shape), float(colour), float(size), float(law), uniform[1], speed, angle)

    def place(self, index: int, times: Float64[np.ndarray, "t"]) -> Float64[np.ndarray, "t 3"]:
        """The centre (x to the right, y down) and the radius at these moments, in picture sides."""
        _, _, size, law, phase, speed, angle = self.films[index].factors
        radius = RADII[int(size)]
        turn = phase + speed * times  # rounds done
        room = 0.5 - radius - 0.02  # how far the centre may leave the middle
        x = y = np.full_like(times, 0.5)
        r = np.full_like(times, radius)
        if LAWS[int(law)] == "bounces":  # at constant speed to the wall and back
            wave = 4 * np.abs(turn % 1 - 0.5) - 1
            reach = room / max(abs(np.cos(angle)), abs(np.sin(angle)))
            x, y = 0.5 + reach * np.cos(angle) * wave, 0.5 + reach * np.sin(angle) * wave
        elif LAWS[int(law)] == "circles":
            x, y = 0.5 + room * np.cos(2 * np.pi * turn), 0.5 + room * np.sin(2 * np.pi * turn)
        elif LAWS[int(law)] == "swings":  # as a pendulum does, slowing down at the ends
            x = 0.5 + room * np.sin(2 * np.pi * turn)
            y = 0.5 + 0.5 * room * np.cos(4 * np.pi * turn) * np.sin(angle)
        else:  # pulses
            r = radius * (1 + 0.4 * np.sin(2 * np.pi * turn))
        return np.stack([x, y, r], axis=-1)

    def read(self, index: int, times: Float64[np.ndarray, "t"]) -> UInt8[np.ndarray, "t h w c"]:
        shape, colour = (int(number) for number in self.films[index].factors[:2])
        side = min(self.height, self.width)
        times = np.clip(times, 0, self.films[index].duration)
        centre = self.place(index, times) * side
        x = np.arange(self.width)[None, None, :] + 0.5 - (self.width - side) / 2 - centre[:, 0, None, None]
        y = np.arange(self.height)[None, :, None] + 0.5 - (self.height - side) / 2 - centre[:, 1, None, None]
        cover = np.clip(0.5 - self._distance(shape, x, y, centre[:, 2, None, None]), 0, 1)[..., None]  # t h w 1
        ink = np.array(colorsys.hsv_to_rgb(HUES[colour], 0.9, 0.85)) * 255
        paper = self.background
        if self.channels == 1:
            luma = np.array([0.299, 0.587, 0.114])
            ink, paper = np.array([ink @ luma]), np.array([paper @ luma])
        return np.rint(paper + cover * (ink - paper)).astype(np.uint8)

    @staticmethod
    def _distance(shape: int, x: np.ndarray, y: np.ndarray, r: np.ndarray) -> np.ndarray:
        """Pixels to the shape's edge, negative inside."""
        if SHAPES[shape] == "circle":
            return np.hypot(x, y) - r
        if SHAPES[shape] == "ring":
            return np.abs(np.hypot(x, y) - 0.75 * r) - 0.25 * r
        if SHAPES[shape] == "square":
            return np.maximum(np.abs(x), np.abs(y)) - 0.85 * r
        slope = np.sqrt(3) / 2  # an upright triangle with its corners on the circle of radius r
        return np.maximum(slope * np.abs(x) - 0.5 * y, y) - 0.5 * r
