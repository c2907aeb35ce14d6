"""What is damaged is made anew by the next prepare, and nothing else is."""

import json
from pathlib import Path

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data import store_writer
from kineograph.data.clip_store import ClipStore
from kineograph.data.store_damage import damaged, forget_damaged
from kineograph.data.store_lock import locked
from kineograph.data.store_writer import Item, Shape, write_store


def prepare(folder: Path, decoded: list[str] | None = None) -> list[str]:
    """Five films in three shards; the names of those that are decoded are added to the list."""

    def read(place: int):
        def frames(background):
            if decoded is not None:
                decoded.append(str(place))
            if place == 4:
                raise UserError("film 4: bad")
            yield 0.0, np.full((2, 2, 3), place, np.uint8)

        return frames

    items = [Item(folder / "none", str(i), str(i), -1, "", read=read(i)) for i in range(5)]
    about = {"licence": "none", "attribution": "none", "classes": []}
    return write_store(folder, items, Shape(2, 2, 1.0, (0, 0, 0)), 0.2, about, {}, 1)


@pytest.fixture
def store(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(store_writer, "SHARD_FILMS", 2)
    prepare(tmp_path / "store")
    return tmp_path / "store"


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("name", "harm", "again"),
    [
        ("shard-00001.u8", gone, ["2", "3"]),
        ("shard-00001.u8", cut, ["2", "3"]),
        ("shard-00002.u8", longer, ["4"]),
        ("shard-00000.jsonl", gone, ["0", "1"]),
        ("manifest.jsonl", cut, []),
        ("manifest.jsonl", gone, []),
        ("meta.json", cut, []),
        ("plan.sha256", gone, ["0", "1", "2", "3", "4"]),
    ],
)
def test_only_what_is_damaged_is_made_anew(store, name, harm, again):
    before = content(store)
    assert damaged(store) == []
    harm(store / name)
    decoded: list[str] = []
    assert prepare(store, decoded) == ["film 4: bad"]
    assert decoded == again and content(store) == before and ClipStore(store, {}, "").check() == []


def test_a_list_that_is_no_list(store):
    before = content(store)
    (store / "shard-00000.jsonl").write_text('{"frames": 1}\nnot json')
    assert [path.name for path in damaged(store)] == ["meta.json", "shard-00000.jsonl"]
    prepare(store)
    assert content(store) == before


def test_a_kill_between_deletions_leaves_no_store_of_the_old_plan(store, monkeypatch):
    """Another plan begins; whatever has been deleted when it ends, the old plan does not take the rest for its own."""
    real, left = Path.unlink, [2]

    def unlink(self, missing_ok=False):
        if self.parent == store:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
        real(self, missing_ok=missing_ok)

    (store / "plan.sha256").write_text("another")
    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(KeyboardInterrupt):
        prepare(store)
    monkeypatch.undo()
    assert not (store / "plan.sha256").exists() and not (store / "meta.json").exists()


def test_nothing_is_deleted_under_another_s_hands(store):
    cut(store / "shard-00001.u8")
    with locked(store), pytest.raises(UserError, match="is being prepared by"):
        forget_damaged(store)
    assert json.loads((store / "meta.json").read_text())["films"] == 4
    forget_damaged(store)
    assert not (store / "meta.json").exists() and not (store / "shard-00001.jsonl").exists()
    forget_damaged(store)
    forget_damaged(store.parent / "nowhere")
