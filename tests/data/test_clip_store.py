"""A store as it is read: few files open at once, other films noticed, any sign in a caption."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from kineograph.core.errors import ConfigError, UserError
from kineograph.data import clip_store
from kineograph.data.clip_store import ClipStore
from kineograph.data.store_writer import Item, Shape, write_store

ABOUT = {"licence": "none", "attribution": "none", "classes": []}


def prepared(folder: Path, count: int, level: int = 0, caption: str = "") -> ClipStore:
    """A store of so many films, one a shard, each of one frame of one level."""

    def read(place: int):
        return lambda background: iter([(0.0, np.full((2, 2, 3), level + place, np.uint8))])

    items = [Item(folder, f"{i:03d}", f"{i:03d}", -1, caption, read=read(i)) for i in range(count)]
    write_store(folder, items, Shape(2, 2, 1.0, (0, 0, 0)), 0.0, ABOUT, {"level": level}, 1)
    return ClipStore(folder, {}, "prepare")


@pytest.fixture(autouse=True)
def one_film_a_shard(monkeypatch):
    monkeypatch.setattr("kineograph.data.store_writer.SHARD_FILMS", 1)
    monkeypatch.setattr(clip_store, "OPEN", 3)


def test_few_shards_are_open_at_once_and_views_outlive_them(tmp_path):
    store, before = prepared(tmp_path / "store", 12), len(os.listdir("/proc/self/fd"))
    first = store.whole(0)
    for turn in range(2):
        for place in range(12):
            assert store.whole(place).max() == place, turn
            assert len(os.listdir("/proc/self/fd")) <= before + 3 + 1  # and the one of the view
    assert first.max() == 0 and len(store._shards) == 3
    store.whole(9), store.whole(0)
    assert [*store._shards] == ["shard-00011.u8", "shard-00009.u8", "shard-00000.u8"]  # the one not used goes first


def test_a_shard_that_cannot_be_mapped_says_why(tmp_path):
    store = prepared(tmp_path / "store", 2)
    (tmp_path / "store" / "shard-00001.u8").unlink()
    with pytest.raises(UserError, match=r"shard-00001.u8: cannot be mapped \(No such file or directory\)"):
        store.whole(1)


def test_a_store_that_is_prepared_anew_is_noticed(tmp_path):
    store = prepared(tmp_path / "store", 4)
    seen = store.whole(0)
    prepared(tmp_path / "store", 4, level=100)
    assert seen.max() == 0 and store.whole(0).max() == 0  # mapped before: the films it was opened with
    with pytest.raises(ConfigError, match="prepared anew meanwhile; start again"):
        store.whole(1)
    (tmp_path / "store" / "meta.json").unlink()
    (tmp_path / "store" / "shard-00002.u8").unlink()
    with pytest.raises(ConfigError, match="prepared anew meanwhile; start again"):
        store.whole(2)


def test_captions_may_hold_any_sign(tmp_path):
    caption = "one\u2028two\u0085three\u2029four \x1c \r five"
    store = prepared(tmp_path / "store", 2, caption=caption)
    assert [film.caption for film in store.films] == [caption] * 2
    manifest = tmp_path / "store" / "manifest.jsonl"
    assert hashlib.sha256(manifest.read_bytes()).hexdigest() == store.data_hash
    assert json.loads(clip_store.manifest_lines(manifest.read_bytes())[1])["caption"] == caption
