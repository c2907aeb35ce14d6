"""Films whose pixels tell which film and which frame they are."""

import numpy as np

from kineograph.core.protocols import TextEncoder
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.data.clip_reader import ClipReader
from kineograph.data.encoders.words import Words
from kineograph.data.films import TRAIN, Film


class CountedFilms:
    """Frame f of film i is the level 10 i + f everywhere; films of 11 frames at 10 a second, so of one second."""

    def __init__(self, count: int, height: int = 4, width: int = 8, channels: int = 3):
        self.films = [
            Film(
                key=i * KEYS_PER_GROUP,
                group=str(i),
                split=TRAIN,
                label=i % 2,
                caption="a word",
                factors=(float(i), 0.5),
                num_frames=11,
                fps=10.0,
            )
            for i in range(count)
        ]
        self.classes = ["even", "odd"]
        self.data_hash = "counted"
        self.licence = self.attribution = "none"
        self.size = (height, width, channels)

    def read(self, index: int, times: np.ndarray) -> np.ndarray:
        frames = np.clip(np.rint(times * 10), 0, 10).astype(np.uint8)
        return np.tile((10 * index + frames)[:, None, None, None], (1, *self.size))


def reader(count: int = 3, films: CountedFilms | None = None, **changes: int | str | TextEncoder) -> ClipReader:
    shape = {"num_frames": 3, "height": 4, "width": 8, "channels": 3, "fps": 10}
    words = {"text": Words(), "num_tokens": 2, "text_dim": 4, "num_factors": 3, "short": "repeat"}
    return ClipReader(films=films or CountedFilms(count), **(shape | words | changes))
