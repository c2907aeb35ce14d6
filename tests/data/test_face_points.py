"""Points of a made-up detector; the real network and a real face are marked ``download``."""

import copy

import numpy as np
import pytest
import torch

from kineograph.core.video import read, to_float
from kineograph.data.face_detector import FaceDetector
from kineograph.data.face_points import FacePoints
from kineograph.data.sources.sample_videos import SampleVideos


class Reddest:
    """The face is where the reddest pixel is; none on a dark picture."""

    def look(self, frame):
        if frame.max() < 10:
            return None
        y, x = np.unravel_index(frame[..., 0].argmax(), frame.shape[:2])
        return np.array([0, 0, 1, 1, *[x / frame.shape[1], y / frame.shape[0]] * 6], dtype=float)


def test_shares_become_pixels_and_no_face_is_nan(monkeypatch):
    monkeypatch.setattr(FaceDetector, "__init__", lambda self: None)
    monkeypatch.setattr(FaceDetector, "look", lambda self, frame: Reddest().look(frame))
    film = torch.full((2, 3, 3, 10, 20), -1.0)
    film[0, 1, 0, 4, 13] = 1
    film[1, :, 0, 9, 0] = 1
    detector = FacePoints()
    points = detector(film)
    assert points.shape == (2, 3, 6, 2) and points[0, [0, 2]].isnan().all()
    torch.testing.assert_close(points[0, 1], torch.tensor([[13.0, 4.0]]).expand(6, 2))
    torch.testing.assert_close(points[1], torch.tensor([0.0, 9.0]).expand(3, 6, 2))
    assert copy.deepcopy(detector) is detector  # metrics are copied, its network cannot be


@pytest.mark.download
def test_the_man_in_the_car():
    """His eyes are above his nose above his mouth; points go with a picture that is mirrored or moved aside."""
    pytest.importorskip("ai_edge_litert", reason="the extra 'faces'")
    settings = {"seconds": 4, "background": [255, 255, 255], "height": 64, "width": 64, "channels": 3, "fps": 12}
    items, _ = SampleVideos(**settings, resize="centre", held_out=0.0).items()
    [path] = {item.path for item in items if item.path.name == "carphone_pristine.mp4"}
    frame = read(path).frames[0]
    black = torch.zeros_like(frame)
    points = FacePoints()(to_float(torch.stack([frame, frame.flip(1), frame.roll(-8, 1), black]))[None])[0]
    right, left, nose, mouth = points[0, :4]
    assert max(right[1], left[1]) < nose[1] < mouth[1] and right[0] < nose[0] < left[0]
    mirrored = points[1, [1, 0, 2, 3, 5, 4]]
    assert (mirrored[:4, 0] - (frame.shape[1] - points[0, :4, 0])).abs().max() < 6
    assert (points[0, :4] - points[2, :4] - torch.tensor([8, 0])).abs().max() < 4
    assert points[3].isnan().all()
