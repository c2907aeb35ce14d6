"""A made-up recording: the body stands upright and glides along."""

import json

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.sources import mocap
from kineograph.data.sources.mocap import JOINTS, Mocap, pose_at, read_motion
from tests.data.clips import stored

SETTINGS = {"views": 2, "duration": 0.5, "seed": 0, "background": [255, 255, 255], "height": 32, "width": 32}
SETTINGS |= {"channels": 3, "fps": 10, "held_out": 0.5}


def recording(path, loop: str, height: float = 0.9):
    """Five frames, a tenth of a second each: it goes on by 0.2 m along x a frame; no joint is turned."""
    upright = [number for count in JOINTS.values() for number in ([1, 0, 0, 0] if count == 4 else [0])]
    frames = [[0.1, 0.2 * place, height, 0, 1, 0, 0, 0, *upright] for place in range(5)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Loop": loop, "Frames": frames}))
    return path


def test_poses_at_moments(tmp_path):
    once = read_motion(recording(tmp_path / "humanoid3d_stop.txt", "none"))
    again = read_motion(recording(tmp_path / "humanoid3d_go.txt", "wrap"))
    assert once.length == again.length == pytest.approx(0.4)
    for seconds, there, further in ((0.0, 0, 0), (0.21, 0.4, 0.4), (0.39, 0.8, 0.8), (0.5, 0.8, 1.0), (0.9, 0.8, 1.8)):
        assert pose_at(once, seconds)[:3] == pytest.approx([there, 0.9, 0])
        assert pose_at(again, seconds)[:3] == pytest.approx([further, 0.9, 0])


def test_a_file_that_is_no_recording(tmp_path):
    for content in ("{", '{"Frames": [[1, 2]]}', "{}"):
        (tmp_path / "x.txt").write_text(content)
        with pytest.raises(UserError, match=r"x.txt: no recording"):
            read_motion(tmp_path / "x.txt")


def test_what_is_missing(monkeypatch):
    monkeypatch.setattr(mocap, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="needs pybullet.*the extra 'mocap'"):
        Mocap(**SETTINGS).prepare(1)


def test_rendered_films(tmp_path, monkeypatch):
    pytest.importorskip("pybullet", reason="the extra 'mocap'")
    real = mocap.data_folder()
    recording(tmp_path / "data" / "motions" / "humanoid3d_go.txt", "wrap")
    recording(tmp_path / "data" / "motions" / "humanoid3d_up_high.txt", "none", height=2.0)
    (tmp_path / "humanoid").symlink_to(real / "humanoid")
    monkeypatch.setattr(mocap, "data_folder", lambda: tmp_path)
    source = Mocap(**SETTINGS)
    assert source.prepare(1) == []
    store = source.open()
    assert list(store.classes) == ["go", "up_high"] and len(store.films) == 4 == len({one.group for one in store.films})
    for (name, frames), film in zip(stored(source).items(), store.films, strict=True):
        assert name.startswith(store.classes[film.label]) and film.factors[0] == film.label
        assert len(frames) == 5 and film.caption == f"a body: {store.classes[film.label].replace('_', ' ')}"
        ink = (frames[0] != 255).any(-1)
        rows, columns = np.nonzero(ink)
        assert 0.01 < ink.mean() < 0.3
        assert np.ptp(rows) > np.ptp(columns)  # a body that stands is higher than it is wide
        assert abs(columns.mean() - 15.5) < 3  # in the middle, where the camera looks
        np.testing.assert_array_equal(frames[0], frames[-1])  # the camera goes along, and nothing but the place changes
        _, yaw, pitch, distance, _ = film.factors
        assert 0 <= yaw < 360 and -30 <= pitch <= -5 and 2.4 <= distance <= 3.4
    again = Mocap(**(SETTINGS | {"views": 3}))
    again.prepare(1)
    for name, frames in stored(source).items():
        np.testing.assert_array_equal(frames, stored(again)[name])


@pytest.mark.download
def test_the_real_recordings():
    pytest.importorskip("pybullet", reason="the extra 'mocap'")
    source = Mocap(**(SETTINGS | {"views": 1, "duration": 1.0}))
    assert source.prepare(1) == []
    films = stored(source)
    assert len(films) == 15 and {"backflip", "walk", "getup_facedown"} <= set(source.open().classes)
    for name, frames in films.items():
        ink = (frames != 255).any(-1)
        assert len(frames) == 10 and 0.01 < ink.mean() < 0.3, name
        assert any((frame != frames[0]).any() for frame in frames[1:]), name  # it moves
