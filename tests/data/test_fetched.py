"""A source of one film that counts how often it is asked for it."""

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.fetched import Fetched
from kineograph.data.store_lock import locked
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


def test_what_is_damaged_is_fetched_again(tmp_path):
    source = OneFilm(tmp_path, 3)
    source.prepare(1)
    (source.store_folder / "shard-00000.u8").write_bytes(b"")
    source.prepare(1)
    assert source.asked == 2 and source.open().whole(0).max() == 3


def test_a_store_of_others_need_not_be_writable(tmp_path, monkeypatch):
    source = OneFilm(tmp_path, 3)
    source.prepare(1)
    notice = source.store_folder / "ATTRIBUTION.txt"

    def refused(path, content):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kineograph.data.fetched.write_whole", refused)
    with locked(source.store_folder):
        assert source.prepare(1) == []  # nothing is to be written: no lock is wanted either
    notice.write_text("old words")
    with pytest.raises(UserError, match=r"ATTRIBUTION.txt: cannot be written \(Permission denied\)"):
        source.prepare(1)
    with locked(source.store_folder), pytest.raises(UserError, match="is being prepared by"):
        source.prepare(1)
