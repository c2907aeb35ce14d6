"""A source of one film that counts how often it is asked for it."""

import numpy as np
import pytest

from kineograph.data.fetched import Fetched
from kineograph.data.store_writer import Item, Shape


class OneFilm(Fetched):
    def __init__(self, path, level: int):
        self.path = path
        self.level = level
        self.asked = 0
        shape = Shape(2, 2, 10.0, (0, 0, 0))
        super().__init__(name="one", command="x", settings={"level": level}, shape=shape, held_out=0.0)

    def about(self) -> dict[str, str]:
        return {"name": "one", "licence": "MIT", "attribution": "us"}

    def notice(self) -> str:
        return "drawn by us"

    def items(self) -> tuple[list[Item], list[str]]:
        self.asked += 1
        frames = [(0.0, np.full((2, 2, 3), self.level, dtype=np.uint8))]
        return [Item(self.path, "one", "one", 0, "", read=lambda background: iter(frames), factors=(1.0, 0.5))], ["a"]


def test_what_is_stored_is_not_fetched_again(tmp_path):
    source = OneFilm(tmp_path, 3)
    assert source.prepare(1) == source.prepare(1) == []
    assert source.asked == 1 and source.open().whole(0).max() == 3
    assert source.open().films[0].factors == (1.0, 0.5)
    other = OneFilm(tmp_path, 4)
    other.prepare(1)
    assert other.asked == 1 and other.open().whole(0).max() == 4


def test_the_notice_is_there_whatever_happened(tmp_path):
    source = OneFilm(tmp_path, 3)
    source.prepare(1)
    notice = source.store_folder / "ATTRIBUTION.txt"
    notice.unlink()  # as if a prepare had been killed before it was written
    source.prepare(1)
    assert notice.read_text() == "drawn by us"
    with pytest.raises(TypeError):
        Fetched(name="x", command="x", settings={}, shape=source.shape, held_out=0.0)
