"""What is seen of a film, against what was drawn into it."""

import numpy as np
import pytest

from kineograph.data.check.look import HASH, KEPT, difference_hash, look, watch
from tests.data.check.bad_films import film, scene


def still() -> None:
    """Nobody waits for news."""


def test_numbers_of_drawn_frames():
    frames = np.zeros((4, 64, 64, 3), np.uint8)
    frames[2:] = 64  # one change of 64 levels among three
    seen = watch(enumerate(frames), "a", still)
    assert (seen.frames, seen.fps, seen.duration, seen.backward) == (4, 1.0, 4.0, 0)
    assert seen.motion == pytest.approx(64 / 3) and seen.largest == 64 and seen.sizes == ((64, 64),)
    assert seen.hashes == () and [int(p.max()) for p in seen.pictures] == [0, 64, 64]
    assert watch(zip([0.0, 1.0, 0.5, 0.5], frames), "a", still).backward == 2


def test_a_long_film_keeps_few_pictures():
    heartbeats = []

    def frames():
        for place in range(10_000):
            yield place / 10, np.full((2, 2, 3), place * 255 // 9999, np.uint8)

    seen = watch(frames(), "a", lambda: heartbeats.append(1))
    assert seen.frames == len(heartbeats) == 10_000 and seen.fps == pytest.approx(10)
    first, middle, last = (int(picture.mean()) for picture in seen.pictures)
    assert (first, last) == (0, 255) and abs(middle - 128) <= 256 / (KEPT / 2)


def test_the_hash_counts_rising_edges():
    ramp = np.repeat(np.linspace(0, 255, 170)[None, :, None], 160, 0).repeat(3, 2).astype(np.uint8)
    assert difference_hash(ramp) == 2 ** (HASH * HASH) - 1
    assert difference_hash(ramp[:, ::-1]) == difference_hash(np.zeros((9, 9, 3), np.uint8)) == 0
    one, other = scene(0, 1)[0], scene(1, 1)[0]
    assert (difference_hash(one) ^ difference_hash(other)).bit_count() > 60
    assert difference_hash(one) == difference_hash(one // 2 * 2)


def test_a_film_of_each_kind(tmp_path):
    for name, codec in (("a.mp4", "libx264"), ("a.webm", "libvpx"), ("a.avi", "mpeg4"), ("a.mkv", "mjpeg")):
        seen = look(film(tmp_path / name, scene(0), codec), name, still)
        assert seen.problems == seen.complaints == (), name
        assert (seen.frames, round(seen.fps), seen.backward, seen.sizes) == (16, 12, 0, ((48, 48),)), name
        assert seen.container == {"p4": "mov", "bm": "matroska", "vi": "avi", "kv": "matroska"}[name[-2:]]
