"""Tars that are read while training runs: every sample once an epoch, in any split, and nothing held but the index."""

import io
import os
import resource
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from kineograph.core.errors import UserError
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.data.clip_reader import ClipReader
from kineograph.data.encoders.words import Words
from kineograph.data.sources.shards import Shards
from kineograph.data.sources.tar_stream import TarStream
from kineograph.data.training_batches import TrainingBatches
from tests.data.clips import SETTINGS, noise
from tests.data.sources.test_shards import png, shard
from tests.data.sources.test_video_folder import film

SHAPE = {name: SETTINGS[name] for name in ("background", "height", "width", "channels", "resize")}


def source(path: Path, **changes) -> TarStream:
    return TarStream(**({"path": str(path), "frames_fps": 12, "buffer": 4, "held_out": 0.0} | SHAPE | changes))


@pytest.fixture(scope="module")
def tars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tars of 5, 6 and 2 samples: films of a lossless codec, and pictures; one word is told of each."""
    folder = tmp_path_factory.mktemp("tars")
    number = 0
    for name, count in (("a", 5), ("b", 6), ("c", 2)):
        members = []
        for _ in range(count):
            frames = noise(8, seed=number)
            if number % 2:
                film(folder / "one.mkv", frames)
                members.append((f"{number}.mkv", (folder / "one.mkv").read_bytes()))
            else:
                members += [(f"{number}.{place}.png", png(frame)) for place, frame in enumerate(frames)]
            members.append((f"{number}.txt", f"number {number}".encode()))
            number += 1
        shard(folder / f"{name}.tar", members)
    (folder / "one.mkv").unlink()
    return folder


def batches(tars: Path, size: int, start: int = 0, stop: int = 39, rank: int = 0, world: int = 1) -> TrainingBatches:
    stream = source(tars).open()
    shape = {"num_frames": 4, "height": 8, "width": 8, "channels": 3, "fps": 12, "short": "repeat"}
    reader = ClipReader(films=stream, **shape, text=Words(), num_tokens=2, text_dim=4, num_factors=1)
    given = {"augment": {}, "speeds": (1.0, 1.0), "balanced": False, "max_bad": 0.0, "seed": 3}
    place = {"start": start, "stop": stop, "rank": rank, "world": world}
    return TrainingBatches(reader=reader, indices=[*range(13)], batch_size=size, **given, **place)


def test_frames_are_those_of_the_prepared_store(tars, stores):
    stored = Shards(path=str(tars), frames_fps=12, **SETTINGS)
    assert stored.prepare(1) == []
    store, stream = stored.open(), source(tars).open()
    assert len(store.films) == len(stream.films) == 13
    places = {row["source"]: place for place, row in enumerate(store.rows)}  # a store sorts its films by name
    for index, one in enumerate(stream.films):
        place = places[stream.items[index].source]
        row = store.rows[place]
        assert (one.num_frames, one.fps, one.caption, one.key) == (8, 12, f"number {index}", row["key"])
        times = np.array([3, 0, 1.4, 2.6, 9, 7, 7]) / 12
        np.testing.assert_array_equal(stream.read(index, times), store.read(place, times))


def test_every_sample_once_an_epoch_for_any_ranks_workers_and_stops(tars):
    whole = list(batches(tars, 1))
    keys = [int(clip.key) // KEYS_PER_GROUP for clip in whole]
    epochs = [keys[first : first + 13] for first in (0, 13, 26)]
    assert all(len(set(epoch)) == 13 for epoch in epochs) and epochs[0] != epochs[1] != epochs[2]
    shown = torch.cat([clip.video for clip in whole])
    ranks = [list(batches(tars, 1, stop=38, rank=rank, world=2)) for rank in (0, 1)]
    both = torch.cat([clip.video for pair in zip(*ranks, strict=True) for clip in pair])
    assert torch.equal(both, shown[:38])
    late = DataLoader(batches(tars, 1, start=17), batch_size=None, num_workers=2)  # in mid-epoch
    assert torch.equal(torch.cat([clip.video for clip in late]), shown[17:])


def test_shuffled_among_neighbours_only(tars):
    stream = source(tars).open()
    orders = [stream.near_order([*range(13)], seed) for seed in range(30)]
    assert stream.near_order([*range(13)], 4) == orders[4]
    assert len({tuple(order) for order in orders}) == 30
    assert {stream.shards[order[0]] for order in orders} == {0, 1, 2}
    for order in orders:
        shards = [stream.shards[index] for index in order]
        for shard_ in (0, 1, 2):  # a shard is read in one go, but for what the buffer mixes at its ends
            places = [place for place, one in enumerate(shards) if one == shard_]
            assert places[-1] - places[0] < len(places) + 2 * (4 - 1)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_memory_is_that_of_one_sample(tmp_path):
    """120 MB of pictures, and never more than some of them at once."""
    for name in "ab":
        members = []
        for number in range(10):
            for place in range(8):
                content = io.BytesIO()
                Image.fromarray(noise(1, 500, 500, seed=place)[0]).save(content, "PNG", compress_level=0)
                members.append((f"{number}.{place}.png", content.getvalue()))
        shard(tmp_path / f"{name}.tar", members)
    del members, content
    assert sum(os.path.getsize(path) for path in tmp_path.iterdir()) > 118_000_000
    stream, before, most = source(tmp_path).open(), resident(), 0
    for index in stream.near_order([*range(20)], 0):
        assert stream.read(index, np.arange(8) / 12).shape == (8, 8, 8, 3)
        most = max(most, resident() - before)
    assert most < 40_000_000


def test_what_cannot_be_streamed_is_one_line(tmp_path):
    shard(tmp_path / "packed" / "x.tar.gz", [("1.png", png(noise(1)[0]))], "w:gz")
    with pytest.raises(UserError, match=r"no shard; expected .tar, found .gz"):
        source(tmp_path / "packed").open()
    shard(tmp_path / "x.tar", [("1.txt", b"words")])
    with pytest.raises(UserError, match="hold no films"):
        source(tmp_path / "x.tar").open()
    with pytest.raises(UserError, match="buffer 0"):
        source(tmp_path, buffer=0)
    broken = source(shard(tmp_path / "y.tar", [("1.mkv", b"no film"), ("2.png", png(noise(1)[0]))])).open()
    assert [film.num_frames for film in broken.films] == [1, 1]
    with pytest.raises(UserError, match="1.mkv"):
        broken.read(0, np.zeros(1))


def test_a_group_told_both_splits_is_one_line(tmp_path):
    told = [(f"{n}.{split}", split) for n, split in enumerate(("train", "held_out"))]
    members = []
    for name, split in told:
        members += [(f"{name[0]}.png", png(noise(1)[0]))]
        members += [(f"{name[0]}.json", f'{{"group": "one", "split": "{split}"}}'.encode())]
    shard(tmp_path / "x.tar", members)
    with pytest.raises(UserError, match="group one: in both splits: 'x.tar:0' is told train and 'x.tar:1' held_out"):
        source(tmp_path / "x.tar").open()
    with pytest.raises(UserError, match="held_out is 10"):
        source(tmp_path / "x.tar", held_out=10)
