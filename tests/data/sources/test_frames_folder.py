import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.sources.frames_folder import FramesFolder
from tests.data.clips import SETTINGS, noise, save_frames, stored


def source(folder, **changes) -> FramesFolder:
    return FramesFolder(**({"folder": str(folder), "frames_fps": 12} | SETTINGS | changes))


def test_clips_at_any_depth_in_natural_order(tmp_path):
    frames = {name: noise(11, seed=seed) for seed, name in enumerate(("cats/1", "cats/deep/2", "dogs.d/3", "4"))}
    for name, content in frames.items():
        save_frames(tmp_path / "films" / name, content)
    (tmp_path / "films" / "4" / "._frame 0.png").write_bytes(b"what a Mac leaves")
    (tmp_path / "films" / "4" / "Thumbs.db").touch()
    (tmp_path / "films" / "dogs.d" / "3.txt").write_text("a dog")
    films = source(tmp_path / "films")
    assert films.prepare(1) == []
    found = stored(films)
    assert found.keys() == frames.keys()
    for name, content in found.items():
        np.testing.assert_array_equal(content, frames[name])
    told = {film.group: (film.label, film.caption) for film in films.open().films}
    assert told["dogs.d/3"] == (1, "a dog") and told["cats/deep/2"] == (0, "cats") and told["4"] == (-1, "")


def test_the_rate_of_the_pictures(tmp_path):
    frames = noise(12)
    save_frames(tmp_path / "films" / "a", frames)
    films = source(tmp_path / "films", frames_fps=24)
    films.prepare(1)
    np.testing.assert_array_equal(stored(films)["a"], frames[::2])


def test_a_damaged_picture_costs_its_clip_alone(tmp_path):
    save_frames(tmp_path / "films" / "a", noise(3))
    save_frames(tmp_path / "films" / "b", noise(3, seed=1))
    save_frames(tmp_path / "films" / "c", noise(3, seed=2))
    cut = tmp_path / "films" / "b" / "frame 1.png"
    cut.write_bytes(cut.read_bytes()[:100])
    (tmp_path / "films" / "c" / "frame 3.png").symlink_to(tmp_path / "gone.png")
    films = source(tmp_path / "films")
    skipped = films.prepare(1)
    assert len(skipped) == 2 and "frame 1.png" in skipped[0] and "frame 3.png" in skipped[1]
    assert stored(films).keys() == {"a"}


def test_what_is_no_folder_of_clips_is_explained(tmp_path):
    save_frames(tmp_path / "flat", noise(3))
    for name in "ab":
        save_frames(tmp_path / "single" / name, noise(1))
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.avi").touch()
    (tmp_path / "empty").mkdir()
    for name, message in [
        ("flat", "3 pictures lie directly in it.*one folder higher.*image_folder"),
        ("single", "each of its 2 folders holds one picture"),
        ("films", "found .avi; films: data=video_folder"),
        ("empty", "found nothing"),
        ("none", "no such folder"),
    ]:
        with pytest.raises(UserError, match=message):
            source(tmp_path / name).prepare(1)
    with pytest.raises(UserError, match="frames_fps is 0"):
        source(tmp_path, frames_fps=0)
