"""Which frames a window holds, and how they become a clip: checked on films whose pixels count themselves."""

import numpy as np
import pytest
import torch

from kineograph.core.errors import ConfigError, UserError
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.data.clip_reader import Window
from tests.data.counted import CountedFilms, reader


def levels(video: torch.Tensor) -> list[list[int]]:
    torch.testing.assert_close(video, video[..., :1, :1, :1].expand_as(video))
    return ((video[:, :, 0, 0, 0] + 1) * 127.5).round().int().tolist()


def test_a_window_is_its_start_and_its_speed():
    clip = reader().read([Window(0, 0, 0.0, 1.0), Window(1, 3, 0.4, 2.0), Window(2, 1, 0.9, 1.0)])
    assert levels(clip.video) == [[0, 1, 2], [14, 16, 18], [29, 30, 30]]  # the last one holds the last frame
    assert clip.key.tolist() == [0, KEYS_PER_GROUP + 3, 2 * KEYS_PER_GROUP + 1]
    torch.testing.assert_close(clip.times, torch.tensor([0.0, 0.1, 0.2]).expand(3, -1))
    assert clip.label.tolist() == [0, 1, 0]
    assert clip.factors[:, :2].tolist() == [[0, 0.5], [1, 0.5], [2, 0.5]] and clip.factors[:, 2].isnan().all()


def test_room_speed_and_fit():
    short, long = reader(num_frames=3), reader(num_frames=12)
    assert short.room(0, 1.0) == pytest.approx(0.8) and short.room(0, 2.0) == pytest.approx(0.6)
    assert short.longest_speed(0) == pytest.approx(5)
    assert short.fits(0) and reader(num_frames=11).fits(0) and not long.fits(0)
    assert long.room(0, 1.0) == 0
    assert reader(num_frames=1).longest_speed(0) == float("inf")


def test_smaller_clips_of_one_channel():
    clip = reader(height=2, width=4, channels=1).read([Window(1, 0, 0.0, 1.0)])
    assert clip.video.shape == (1, 3, 1, 2, 4)
    torch.testing.assert_close(clip.video[0, :, 0, 0, 0], torch.tensor([10.0, 11, 12]) / 127.5 - 1, atol=1e-5, rtol=0)


def test_a_size_that_is_no_whole_factor_is_resized():
    films = CountedFilms(1, height=6, width=12)
    assert levels(reader(films=films).read([Window(0, 0, 0.2, 1.0)]).video) == [[2, 3, 4]]


@pytest.mark.parametrize("factor", [2, 3, 4, 17])
def test_a_whole_factor_is_the_average_rounded_half_up(factor):
    frames = np.random.default_rng(factor).integers(0, 256, (3, 2 * factor, 4 * factor, 3), dtype=np.uint8)
    frames[0] = 255
    films = CountedFilms(1)
    films.read = lambda index, times: frames
    video = reader(films=films, height=2, width=4).read([Window(0, 0, 0.0, 1.0)]).video[0]
    mean = frames.astype(np.int64).reshape(3, 2, factor, 4, factor, 3).sum(axis=(2, 4)) / factor**2
    expected = torch.from_numpy(np.floor(mean + 0.5)).permute(0, 3, 1, 2)
    assert torch.equal(((video + 1) * 127.5).round().double(), expected)


def test_films_that_cannot_give_the_clip():
    def never(place: int, window: Window, error: UserError) -> Window:
        raise AssertionError("another film is no better")

    with pytest.raises(ConfigError, match="stored at 4x8, smaller than clip 8x16"):
        reader(height=8, width=16).read([Window(0, 0, 0.0, 1.0)], never)
    with pytest.raises(ConfigError, match="aspect of clip 4x4"):
        reader(width=4).read([Window(0, 0, 0.0, 1.0)], never)


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        ("repeat", [8, 9, 10, 10, 10]),
        ("loop", [8, 9, 10, 0, 1]),
        ("ping_pong", [8, 9, 10, 9, 8]),
    ],
)
def test_a_film_that_ends_before_the_clip(short, expected):
    films = reader(num_frames=5, short=short)
    assert levels(films.read([Window(0, 0, 0.8, 1.0), Window(1, 0, 0.2, 1.0)]).video) == [
        expected,
        [12, 13, 14, 15, 16],
    ]
    long = levels(reader(num_frames=24, short=short).read([Window(0, 0, 0.0, 1.0)]).video)[0]
    assert (
        long
        == {
            "repeat": [*range(11), *[10] * 13],
            "loop": [*range(11), *range(11), 0, 1],
            "ping_pong": [*range(11), *range(9, -1, -1), 1, 2, 3],
        }[short]
    )


@pytest.mark.parametrize("short", ["repeat", "loop", "ping_pong"])
def test_a_still_stands_still(short):
    films = CountedFilms(1)
    films.films[0] = films.films[0]._replace(num_frames=1)
    assert levels(reader(films=films, short=short).read([Window(0, 0, 0.0, 0.8)]).video) == [[0, 0, 0]]


def test_short_films_may_be_an_error():
    exact = reader(num_frames=11, short="error")
    assert levels(exact.read([Window(0, 0, 0.0, 1.0)]).video) == [[*range(11)]]
    with pytest.raises(UserError, match="film 0 has 11 frames, a clip wants 12; choose data.short=repeat"):
        reader(num_frames=12, short="error").read([Window(0, 0, 0.0, 1.0)])
    with pytest.raises(UserError, match="data.short is 'wrap'"):
        reader(short="wrap")
