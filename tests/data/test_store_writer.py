"""Preparing a store: killed at any point and taken up again, it is the same store."""

import hashlib
import json
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.core.video import write
from kineograph.data import store_writer
from kineograph.data.clip_store import ClipStore
from kineograph.data.sources.video_folder import VideoFolder
from kineograph.data.store_writer import Item, Shape, write_store

ABOUT = {"name": "films", "licence": "none", "attribution": "none", "classes": []}
SETTINGS = {
    "stills": False,
    "background": [255, 255, 255],
    "height": 16,
    "width": 16,
    "channels": 3,
    "fps": 12,
    "resize": "centre",
    "held_out": 0.2,
}


@pytest.fixture
def films(tmp_path, monkeypatch) -> Path:
    """Nine gifs in two classes, a folder of frames, a truncated mp4 and a text file."""
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    monkeypatch.setattr(store_writer, "SHARD_FILMS", 2)
    folder = tmp_path / "films"
    rng = np.random.default_rng(0)
    for place in range(9):
        frames = np.repeat(np.repeat(rng.integers(0, 255, (4, 4, 6, 3), dtype=np.uint8), 4, 1), 4, 2)
        write(folder / ("cats" if place % 2 else "big dogs") / f"{place}.gif", torch.from_numpy(frames), 12, {})
    (folder / "drawn").mkdir()
    for place in range(3):
        Image.new("RGB", (20, 20), (place, 0, 0)).save(folder / "drawn" / f"{place}.png")
    (folder / "broken.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 50)
    (folder / "notes.txt").write_text("not a film")
    return folder


def content(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_store_of_a_folder(films):
    source = VideoFolder(folder=str(films), **SETTINGS)
    with pytest.raises(UserError, match="kineograph data prepare"):
        source.open()
    skipped = source.prepare(1)
    assert len(skipped) == 1 and "broken.mp4" in skipped[0]
    store = source.open()
    assert len(store.films) == 10 and store.classes == ["big dogs", "cats"] and store.check() == []
    labels = {film.group: film.label for film in store.films}
    assert labels["cats/1.gif"] == 1 and labels["big dogs/0.gif"] == 0 and labels["drawn"] == -1
    assert len({film.key for film in store.films}) == 10
    assert {film.split for film in store.films} == {"train", "held_out"}
    drawn = [film.group for film in store.films].index("drawn")
    assert store.read(drawn, np.array([0, 1 / 12, 2 / 12, 9.0]))[:, 8, 8, 0].tolist() == [0, 1, 2, 2]
    before = content(source.store_folder)
    source.prepare(1)
    assert content(source.store_folder) == before


def test_other_settings_are_noticed(films):
    VideoFolder(folder=str(films), **SETTINGS).prepare(1)
    black = VideoFolder(folder=str(films), **(SETTINGS | {"background": [0, 0, 0]}))
    with pytest.raises(UserError, match="background"):
        black.open()
    black.prepare(1)
    assert black.open().meta["settings"]["background"] == [0, 0, 0]


@pytest.mark.parametrize("stop_at", [0, 1, 5, 9])
def test_interrupted_at_any_film_gives_the_same_store(films, tmp_path, monkeypatch, stop_at):
    whole = VideoFolder(folder=str(films), **SETTINGS)
    whole.prepare(1)
    expected = content(whole.store_folder)
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "again"))
    again = VideoFolder(folder=str(films), **SETTINGS)
    real, calls = store_writer.decode, []

    def stops(item, shape, folder):
        calls.append(item)
        if len(calls) > stop_at:
            raise KeyboardInterrupt
        return real(item, shape, folder)

    monkeypatch.setattr(store_writer, "decode", stops)
    with pytest.raises(KeyboardInterrupt):
        again.prepare(1)
    assert not (again.store_folder / "meta.json").exists()
    monkeypatch.setattr(store_writer, "decode", real)
    again.prepare(1)
    left = {name for name in content(again.store_folder) if name.endswith(".part")}
    assert {n: h for n, h in content(again.store_folder).items() if n not in left} == expected
    assert not left


@pytest.mark.slow
def test_killed_in_a_pool_gives_the_same_store(films, tmp_path, monkeypatch):
    """SIGKILL, with worker processes, at a moment that chance chooses."""
    script = tmp_path / "prepare.py"
    script.write_text(
        "import sys\nfrom kineograph.data import store_writer\n"
        "from kineograph.data.sources.video_folder import VideoFolder\n"
        "store_writer.SHARD_FILMS = 2\n"
        f"if __name__ == '__main__':\n    VideoFolder(folder={str(films)!r}, **{SETTINGS!r}).prepare(2)\n"
    )
    source = Path(store_writer.__file__).parents[2]
    stores = tmp_path / "killed"
    environment = os.environ | {"KINEOGRAPH_STORES": str(stores), "PYTHONPATH": str(source)}
    process = subprocess.Popen([sys.executable, str(script)], env=environment)
    deadline = time.monotonic() + 60
    while not list(stores.glob("*/shard-*.jsonl")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    alone = VideoFolder(folder=str(films), **SETTINGS)
    alone.prepare(1)
    monkeypatch.setenv("KINEOGRAPH_STORES", str(stores))
    VideoFolder(folder=str(films), **SETTINGS).prepare(1)
    assert content(next(stores.iterdir())) == content(alone.store_folder)


def test_damage_is_found(films):
    source = VideoFolder(folder=str(films), **SETTINGS)
    source.prepare(1)
    shard = next(source.store_folder.glob("*.u8"))
    shard.write_bytes(bytes([shard.read_bytes()[0] ^ 1]) + shard.read_bytes()[1:])
    assert len(source.open().check()) == 1
    shard.write_bytes(b"")
    assert len(source.open().check()) >= 1
    manifest = source.store_folder / "manifest.jsonl"
    manifest.write_text(manifest.read_text().replace("cats", "dogs"))
    with pytest.raises(UserError, match="changed since"):
        source.open()


def test_equal_frames_are_one_group(films):
    twin = films / "cats" / "twin.gif"
    twin.write_bytes((films / "cats" / "1.gif").read_bytes())
    source = VideoFolder(folder=str(films), **SETTINGS)
    source.prepare(1)
    rows = {row["source"]: row for row in source.open().rows}
    assert rows["cats/twin.gif"]["group"] == rows["cats/1.gif"]["group"]
    assert rows["cats/twin.gif"]["split"] == rows["cats/1.gif"]["split"]
    assert rows["cats/twin.gif"]["key"] != rows["cats/1.gif"]["key"]


def test_empty_and_missing_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    (tmp_path / "empty").mkdir()
    for name, message in (("empty", "holds no films"), ("none", "no such folder")):
        with pytest.raises(UserError, match=message):
            VideoFolder(folder=str(tmp_path / name), **SETTINGS).prepare(1)
    (tmp_path / "empty" / "a.mp4").write_text("no film")
    with pytest.raises(UserError, match="none of 1 files"):
        VideoFolder(folder=str(tmp_path / "empty"), **SETTINGS).prepare(1)


def test_no_space(films, monkeypatch):
    monkeypatch.setattr(store_writer.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 10}))
    with pytest.raises(UserError, match="are needed"):
        VideoFolder(folder=str(films), **SETTINGS).prepare(1)


def test_store_travels_without_its_map(films):
    import pickle

    source = VideoFolder(folder=str(films), **SETTINGS)
    source.prepare(1)
    store = source.open()
    store.read(0, np.zeros(1))
    assert isinstance(store, ClipStore) and len(pickle.dumps(store)) < 20_000
    assert json.loads((source.store_folder / "meta.json").read_text())["films"] == 10


@pytest.mark.slow
def test_an_hour_of_film_is_never_held_in_memory(tmp_path, monkeypatch):
    """3,600 frames, kept at half as many again a second, so that places are looked up: 66 MB."""
    film = tmp_path / "films" / "hour.mkv"
    film.parent.mkdir()
    with av.open(str(film), "w") as target:
        stream = target.add_stream("libx264", rate=1, options={"preset": "ultrafast"})
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        for place in range(3_600):
            frame = np.full((16, 16, 3), place % 200, dtype=np.uint8)
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        target.mux(stream.encode())
    items, shape = [Item(film, "hour", "hour", -1, "")], Shape(64, 64, 1.5, (255, 255, 255))
    monkeypatch.setattr(store_writer, "HELD_BYTES", 4_000_000)
    tracemalloc.start()
    try:
        write_store(tmp_path / "spooled", items, shape, 0.2, ABOUT, {}, 1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    store = ClipStore(tmp_path / "spooled", {}, "")
    assert store.films[0].num_frames == 5_400 and store.check() == []
    assert (tmp_path / "spooled" / "shard-00000.u8").stat().st_size == 5_400 * 64 * 64 * 3
    assert peak < 20_000_000
    assert not list((tmp_path / "spooled").glob("*.part"))
    shown = store.whole(0)[:, 20, 20, 0].astype(int)
    expected = np.array([np.ceil(place * 2 / 3 - 0.5) for place in range(5_400)]) % 200  # the nearest, else the earlier
    assert np.abs(shown - expected).max() <= 3


def test_spooled_or_held_the_store_is_the_same_and_bad_ones_leave_nothing(films, monkeypatch, tmp_path):
    held = VideoFolder(folder=str(films), **SETTINGS)
    skipped = held.prepare(1)
    monkeypatch.setattr(store_writer, "HELD_BYTES", 1000)
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "others"))
    spooled = VideoFolder(folder=str(films), **SETTINGS)
    (spooled.store_folder).mkdir(parents=True)
    (spooled.store_folder / "film-left.part").write_text("by a run that was killed")
    assert spooled.prepare(1) == skipped
    assert content(spooled.store_folder) == content(held.store_folder)


def test_a_file_that_breaks_a_decoder_in_any_way_costs_itself_alone(tmp_path, monkeypatch):
    def breaks(error: Exception):
        def frames(background):
            yield 0.0, np.zeros((2, 2, 3), np.uint8)
            raise error

        return frames

    good = lambda background: iter([(0.0, np.zeros((2, 2, 3), np.uint8))])  # noqa: E731
    readers = {"a": breaks(RuntimeError("odd\nbits")), "b": good, "c": breaks(EOFError()), "d": breaks(KeyError("k"))}
    monkeypatch.setattr(store_writer, "HELD_BYTES", 1)
    items = [Item(tmp_path / name, name, name, -1, "", read=read) for name, read in readers.items()]
    given = (items, Shape(2, 2, 1.0, (0, 0, 0)), 0.0, ABOUT, {}, 1)
    assert write_store(tmp_path / "store", *given) == [
        "a: cannot be decoded (RuntimeError: odd bits)",
        "c: cannot be decoded (EOFError: )",
        "d: cannot be decoded (KeyError: 'k')",
    ]
    assert not list((tmp_path / "store").glob("*.part"))
    full = [items[0]._replace(read=breaks(OSError(28, "No space left on device")))]
    with pytest.raises(UserError, match="cannot be written .No space left"):
        write_store(tmp_path / "full", full, *given[1:])


def test_a_film_of_the_same_size_and_another_time_is_decoded_anew(films):
    source = VideoFolder(folder=str(films), **SETTINGS)
    source.prepare(1)
    before = source.open().data_hash
    path = films / "cats" / "1.gif"
    data = path.read_bytes()
    at = data.index(b"\x2c") - 300  # inside the palette
    path.write_bytes(data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :])
    os.utime(path, ns=(1, 1))
    source.prepare(1)
    assert source.open().data_hash != before
    Image.new("RGB", (20, 20), (77, 0, 0)).save(films / "drawn" / "1.png")
    os.utime(films / "drawn" / "1.png", ns=(1, 1))
    source.prepare(1)
    drawn = [row["source"] for row in source.open().rows].index("drawn")
    assert source.open().whole(drawn)[:, 8, 8, 0].tolist() == [0, 77, 2]


def test_groups_that_cannot_be_are_told_before_anything_is_decoded(tmp_path):
    def never(background):
        raise AssertionError("decoded")

    items = [Item(tmp_path / "x", f"{i:04d}", "one", -1, "", read=never) for i in range(1001)]
    given = (Shape(2, 2, 1.0, (0, 0, 0)), 0.2, ABOUT, {}, 1)
    with pytest.raises(UserError, match="group one: 1001 films, more than 1000; split the group"):
        write_store(tmp_path / "store", items, *given)
    told = [items[0]._replace(split="train"), items[1]._replace(split="held_out")]
    with pytest.raises(UserError, match="group one: in both splits: '0000' is told train and '0001' held_out"):
        write_store(tmp_path / "store", told, *given)
    assert not list((tmp_path / "store").glob("*"))


def test_equal_frames_told_two_splits_name_both_films(tmp_path):
    items = [
        Item(tmp_path / "x", name, name, -1, "", split, lambda _: iter([(0.0, np.zeros((2, 2, 3), np.uint8))]))
        for name, split in (("a", "train"), ("b", "held_out"))
    ]
    with pytest.raises(UserError, match="group a: in both splits: 'a' is told train and 'b' held_out"):
        write_store(tmp_path / "store", items, Shape(2, 2, 1.0, (0, 0, 0)), 0.2, ABOUT, {}, 1)


def test_the_room_of_stills_is_that_of_one_frame(tmp_path, monkeypatch):
    monkeypatch.setattr(store_writer.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 100}))
    frame = [(0.0, np.zeros((2, 2, 3), np.uint8))]
    items = [Item(tmp_path / "x", str(i), str(i), -1, "", read=lambda _: iter(frame), frames=1) for i in range(8)]
    given = (Shape(2, 2, 12.0, (0, 0, 0)), 0.2, ABOUT, {}, 1)
    write_store(tmp_path / "stills", items, *given)  # 96 bytes
    with pytest.raises(UserError, match="are needed"):
        write_store(tmp_path / "films", [items[0]._replace(frames=0)], *given)


def levels(shape: Shape, folder: Path, path: Path) -> list[int]:
    return store_writer.decode(Item(path, "a", "a", -1, ""), shape, folder)[:, 0, 0, 0].tolist()


def test_held_frames_are_held(tmp_path):
    pictures = [Image.new("RGB", (8, 8), (level, 0, 0)) for level in (0, 50, 100, 150)]
    path = tmp_path / "a.gif"
    shape = Shape(8, 8, 10.0, (0, 0, 0))
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 1000, 100, 300])
    assert levels(shape, tmp_path, path) == [0, *[50] * 9, *[100] * 2, *[150] * 3]  # 100 from 0.125 s before its time
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 100, 100, 500])
    assert levels(shape, tmp_path, path) == [0, 50, 100, *[150] * 5]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
    assert levels(shape, tmp_path, path) == [0, 50, 100, 150]
    assert levels(shape._replace(fps=5.0), tmp_path, path) == [0, 100]
