"""Stores of one channel, declared splits, and what a source's settings make of its store."""

import json

import numpy as np
import pytest
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.clip_reader import Window
from kineograph.data.prepared import place_of
from kineograph.data.sources.array import Array
from kineograph.data.sources.frames_folder import FramesFolder
from kineograph.data.sources.image_folder import ImageFolder
from kineograph.data.sources.shards import Shards
from kineograph.data.sources.video_folder import VideoFolder
from tests.data.clips import SETTINGS, noise, save_frames, stored
from tests.data.counted import reader


def test_grey_films_of_28_pixels_are_first_class(tmp_path):
    frames = {f"{digit}/clip": noise(6, 28, 28, 1, seed=digit) for digit in (3, 7)}
    for name, content in frames.items():
        save_frames(tmp_path / "films" / name, content)
    source = VideoFolder(
        stills=False,
        folder=str(tmp_path / "films"),
        **(SETTINGS | {"channels": 1, "height": 28, "width": 28, "background": [0] * 3}),
    )
    source.prepare(1)
    assert source.store_folder.name.endswith("28x28-12fps-grey")
    for name, content in stored(source).items():
        np.testing.assert_array_equal(content, frames[name])
    store = source.open()
    assert sum(path.stat().st_size for path in source.store_folder.glob("*.u8")) == 2 * 6 * 28 * 28
    shape = {"num_frames": 6, "height": 28, "width": 28, "fps": 12}
    grey = reader(films=store, channels=1, **shape).read([Window(0, 0, 0.0, 1.0)])
    assert grey.video.shape == (1, 6, 1, 28, 28)
    pixels = frames[store.rows[0]["source"]].transpose(0, 3, 1, 2)
    np.testing.assert_allclose(grey.video[0], pixels / 127.5 - 1, atol=1e-6)
    colour = reader(films=store, channels=3, **shape).read([Window(0, 0, 0.0, 1.0)])
    np.testing.assert_array_equal(colour.video, grey.video.expand(-1, -1, 3, -1, -1))


def test_a_store_of_before_opens(tmp_path):
    save_frames(tmp_path / "films" / "a", noise(2))
    source = VideoFolder(stills=False, folder=str(tmp_path / "films"), **SETTINGS)
    source.prepare(1)
    meta_file = source.store_folder / "meta.json"
    meta = json.loads(meta_file.read_text())
    for name in ("channels", "resize", "stills"):
        del meta["settings"][name]
    meta_file.write_text(json.dumps(meta))
    assert len(source.open().films) == 1


def test_declared_splits(tmp_path):
    for seed, name in enumerate("abcd"):
        save_frames(tmp_path / "films" / name, noise(2, seed=seed))
        split = "held_out" if name in "ab" else "train"
        (tmp_path / "films" / f"{name}.json").write_text(json.dumps({"split": split}))
    source = VideoFolder(stills=False, folder=str(tmp_path / "films"), **(SETTINGS | {"held_out": 0.0}))
    source.prepare(1)
    assert {film.group: film.split for film in source.open().films} == {
        "a": "held_out",
        "b": "held_out",
        "c": "train",
        "d": "train",
    }
    save_frames(tmp_path / "films" / "d", noise(2, seed=0))  # the same film as a, in the other split
    (tmp_path / "films" / "d.txt").write_text("changed")
    with pytest.raises(UserError, match="both splits"):
        source.prepare(1)


def test_every_source_of_one_folder_has_a_store_of_its_own(tmp_path):
    folder, settings = str(tmp_path), SETTINGS
    sources = [
        VideoFolder(stills=False, folder=folder, **settings),
        VideoFolder(stills=True, folder=folder, **settings),
        VideoFolder(stills=False, folder=folder, **(settings | {"channels": 1})),
        VideoFolder(stills=False, folder=folder, **(settings | {"resize": "pad"})),
        FramesFolder(folder=folder, frames_fps=12, **settings),
        ImageFolder(folder=folder, **settings),
        Array(path=folder, axes=None, frames_fps=12, **settings),
        Shards(path=folder, frames_fps=12, **settings),
    ]
    assert len({source.store_folder for source in sources}) == len(sources)


def test_stills_beside_films_in_one_batch(tmp_path):
    save_frames(tmp_path / "films" / "a", noise(6))
    Image.fromarray(noise(1, seed=1)[0]).save(tmp_path / "films" / "still.webp", lossless=True)
    source = VideoFolder(stills=False, folder=str(tmp_path / "films"), **SETTINGS)
    source.prepare(1)
    for short in ("repeat", "loop", "ping_pong"):
        films = reader(films=source.open(), num_frames=6, height=8, width=8, fps=12, short=short)
        moving, still = films.read([Window(0, 0, 0.0, 1.0), Window(1, 0, 0.0, 1.0)]).video
        np.testing.assert_allclose(moving, noise(6).transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)
        np.testing.assert_allclose(still, noise(1, seed=1).repeat(6, 0).transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)


def test_two_folders_of_one_name_have_two_stores(tmp_path):
    assert place_of(tmp_path / "a" / "films") != place_of(tmp_path / "b" / "films")
    assert place_of(tmp_path / "a" / "films").startswith("films-")
