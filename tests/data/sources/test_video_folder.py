"""Containers, nesting, links, rotation and uneven time stamps, held against what PyAV and Pillow wrote."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.sources.video_folder import VideoFolder
from tests.data.clips import SETTINGS, noise, save_frames, stored


def film(path: Path, frames: np.ndarray, codec: str = "ffv1", stamps: list[int] | None = None, fps: int = 12) -> None:
    """Written without loss where the codec is; ``stamps`` in 1/120 s make the rate uneven."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=fps)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"
        if stamps:
            stream.codec_context.time_base = Fraction(1, 120)
        for place, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            if stamps:
                picture.pts, picture.time_base = stamps[place], Fraction(1, 120)
            target.mux(stream.encode(picture))
        target.mux(stream.encode(None))


def source(folder: Path, **changes) -> VideoFolder:
    return VideoFolder(**({"folder": str(folder), "stills": False} | SETTINGS | changes))


def test_every_container_at_any_depth(tmp_path):
    frames = {name: noise(5, 16, 16, seed=seed) for seed, name in enumerate(("a.mkv", "b/C.AVI", "b/c/d e/f.MKV"))}
    for name, content in frames.items():
        film(tmp_path / "films" / name, content)
    flat = np.full((5, 16, 16, 3), 90, np.uint8)
    for name, codec in (("g.mov", "libx264"), ("g.mp4", "mpeg4"), ("g.webm", "libvpx-vp9"), ("G2.M4V", "libx264")):
        film(tmp_path / "films" / "lossy" / name, flat, codec)
    films = source(tmp_path / "films")
    assert films.prepare(1) == []
    found = stored(films)
    assert len(found) == 7
    for name, content in frames.items():
        mean = content.reshape(5, 8, 2, 8, 2, 3).mean(axis=(2, 4))  # 16 -> 8 is an area average, rounded twice
        assert np.abs(found[name] - mean).max() <= 1
    for name in found.keys() - frames.keys():
        with av.open(str(tmp_path / "films" / name)) as file:
            assert len(found[name]) == sum(1 for _ in file.decode(video=0)) == 5
        assert np.abs(found[name].astype(int) - 90).max() < 6
    assert films.open().classes == ["b", "lossy"]


def test_moving_pictures_and_stills_side_by_side(tmp_path):
    frames = noise(4)
    pictures = [Image.fromarray(frame) for frame in frames]
    (tmp_path / "films").mkdir()
    for name in ("moves.png", "moves.apng", "MOVES2.PNG"):
        pictures[0].save(
            tmp_path / "films" / name, format="PNG", save_all=True, append_images=pictures[1:], duration=83
        )
    pictures[3].save(
        tmp_path / "films" / "cover.png", save_all=True, append_images=pictures[:3], duration=83, default_image=True
    )
    pictures[0].save(tmp_path / "films" / "still.png")
    save_frames(tmp_path / "films" / "kind" / "shot.1", frames)
    films = source(tmp_path / "films")
    assert films.prepare(1) == []
    found = stored(films)
    assert found.keys() == {"moves.png", "moves.apng", "MOVES2.PNG", "cover.png", "kind/shot.1"}
    np.testing.assert_array_equal(found.pop("cover.png"), frames[:3])  # the cover is for those who cannot play it
    for content in found.values():
        np.testing.assert_array_equal(content, frames)


def test_stills_among_the_films(tmp_path):
    film(tmp_path / "films" / "a.mkv", noise(5))
    save_frames(tmp_path / "films" / "photos", noise(3, seed=1))
    films = source(tmp_path / "films", stills=True)
    assert films.prepare(1) == []
    found = stored(films)
    assert {name: len(content) for name, content in found.items()} == {
        "a.mkv": 5,
        "photos/frame 0.png": 1,
        "photos/frame 1.png": 1,
        "photos/frame 2.png": 1,
    }
    np.testing.assert_array_equal(found["photos/frame 2.png"], noise(3, seed=1)[2:])


def test_links_and_hidden_files(tmp_path):
    film(tmp_path / "elsewhere" / "a.mkv", noise(3))
    film(tmp_path / "films" / "b.mkv", noise(3, seed=1))
    film(tmp_path / "films" / ".c.mkv", noise(3, seed=2))
    film(tmp_path / "films" / ".trash" / "d.mkv", noise(3, seed=3))
    (tmp_path / "films" / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "films" / "round").symlink_to(tmp_path / "films")
    (tmp_path / "films" / "dead.mkv").symlink_to(tmp_path / "gone.mkv")
    films = source(tmp_path / "films")
    skipped = films.prepare(1)
    assert len(skipped) == 1 and "dead.mkv: a link that leads nowhere" in skipped[0]
    assert stored(films).keys() == {"b.mkv", "more/a.mkv"}


def test_uneven_time_stamps_are_shown_when_they_say(tmp_path):
    frames, stamps = noise(6), [0, 10, 20, 60, 70, 80]  # 12 a second, but for a long third frame
    (tmp_path / "films").mkdir()
    film(tmp_path / "films" / "a.mkv", frames, stamps=stamps, fps=120)
    films = source(tmp_path / "films")
    films.prepare(1)
    wanted = [min(range(6), key=lambda i: abs(stamps[i] - 10 * t)) for t in range(9)]
    found = stored(films)["a.mkv"]
    assert len(found) in (9, 10)  # how long the last frame is shown is not told
    np.testing.assert_array_equal(found[:9], frames[wanted])


def test_a_mean_rate_that_fits_is_not_taken_for_an_even_one(tmp_path):
    frames, stamps = noise(6), [0, 2, 4, 6, 8, 50]  # 12 a second on the mean alone
    film(tmp_path / "films" / "a.mkv", frames, stamps=stamps, fps=120)
    films = source(tmp_path / "films")
    films.prepare(1)
    found = stored(films)["a.mkv"]
    # At 0, 10, 20, 30, 40, 50 / 120 s; the last one is nearer at 30, but its time comes more than 15 / 120 s later.
    np.testing.assert_array_equal(found[:6], frames[[0, 4, 4, 4, 5, 5]])


def test_rotated_films_stand_upright(tmp_path):
    frames = np.zeros((3, 32, 32, 3), np.uint8)
    frames[:, :16] = 255  # white above
    film(tmp_path / "films" / "a.mp4", frames, "libx264")
    content = (tmp_path / "films" / "a.mp4").read_bytes()
    at = content.index(b"tkhd") - 4 + 48  # the matrix of the track's header
    turned = np.array([0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30], ">i4").tobytes()  # a quarter clockwise
    (tmp_path / "films" / "a.mp4").write_bytes(content[:at] + turned + content[at + 36 :])
    films = source(tmp_path / "films")
    films.prepare(1)
    found = stored(films)["a.mp4"].astype(int)
    assert found[:, :, 6:].min() > 200 and found[:, :, :2].max() < 55  # what was above is now on the right


@pytest.mark.parametrize("resize", ["centre", "pad", "stretch"])
def test_resize_policies(tmp_path, resize):
    frames = noise(2, 8, 32)
    film(tmp_path / "films" / "a.mkv", frames)
    films = source(tmp_path / "films", resize=resize, background=[9, 8, 7])
    films.prepare(1)
    found = stored(films)["a.mkv"].astype(int)
    if resize == "centre":
        np.testing.assert_array_equal(found, frames[:, :, 12:20])
    elif resize == "pad":
        assert (found[:, :3] == [9, 8, 7]).all() and (found[:, 5:] == [9, 8, 7]).all()
        assert np.abs(found[:, 3:5] - frames.reshape(2, 2, 4, 8, 4, 3).mean(axis=(2, 4))).max() <= 1
    else:
        assert np.abs(found - frames.reshape(2, 8, 8, 4, 3).mean(axis=3)).max() <= 1


def test_the_same_bytes_as_ever(tmp_path, monkeypatch):
    """Cards of trained weights name the data by their hash: it may not move."""
    save_frames(tmp_path / "films" / "cats" / "1", np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3))
    save_frames(tmp_path / "films" / "2", np.full((3, 8, 8, 3), 7, np.uint8))
    films = source(tmp_path / "films")
    films.prepare(1)
    assert films.open().data_hash[:16] == "0cf8825b1fdaf805"


def test_bad_settings_and_wrong_folders(tmp_path):
    save_frames(tmp_path / "films" / "a", noise(1))
    (tmp_path / "films" / "notes.doc").touch()
    for name, message in (("films", "holds no films.*found .doc .png"), ("none", "no such folder")):
        with pytest.raises(UserError, match=message):
            source(tmp_path / name).prepare(1)
    save_frames(tmp_path / "films" / "a", noise(2))
    for changes, message in (({"channels": 2}, "channels is 2"), ({"resize": "crop"}, "centre, pad, stretch")):
        with pytest.raises(UserError, match=message):
            source(tmp_path / "films", **changes).prepare(1)
