import math

import pytest
import torch

from kineograph.metrics.figure_points import FigurePoints
from kineograph.metrics.keypoint_distance import KeypointDistance
from kineograph.metrics.protocol import extractors_of

DRAWN = {"num_resamples": 20, "seed": 0}


class Marks:
    """Points written into a film's first row: red is x, green is y, in tenths of a pixel; blue below 0: not found."""

    name, sha256 = "marks", "7"

    def __call__(self, video):
        points = (video[:, :, :2, 0, :2] * 10).permute(0, 1, 3, 2)  # b t 2 2
        return points.masked_fill(video[:, :, 2, 0, :2, None] < 0, math.nan)


def marked(points, missing=()):
    """Films of 3 frames from their points (b t k xy) ."""
    film = torch.zeros(len(points), 3, 3, 20, 10)
    film[:, :, :2, 0, :2] = torch.tensor(points).float().permute(0, 1, 3, 2) / 10
    for place in missing:
        film[place[0], place[1], 2, 0, place[2]] = -1
    return film


STILL = [[[0, 0], [5, 5]]] * 3


def scored(sample_of, real, fake):
    metric = KeypointDistance(detector=Marks(), **DRAWN)
    metric.update(sample_of(real, fake, range(len(real))))
    return {name: float(value) for name, value in metric.compute().items()}


def test_by_hand(sample_of):
    """The first frame is given; in the second one point is off by 3 and 4 pixels of 20; in the third one is lost."""
    real = marked([STILL, STILL])
    moved = [[[9, 9], [9, 9]], [[3, 4], [5, 5]], [[0, 0], [5, 5]]]
    fake = marked([moved, STILL], missing=[(0, 2, 1)])
    found = scored(sample_of, real, fake)
    assert found["value"] == pytest.approx(100 * 5 / 20 / 7)  # one of 7 points, the others are where they were
    assert found["missing"] == pytest.approx(1 / 8)
    assert found["low"] <= found["value"] <= found["high"]
    same = scored(sample_of, real, real)
    assert (same["value"], same["missing"]) == (0, 0)


def test_points_that_the_true_clip_lacks_do_not_count(sample_of):
    real = marked([STILL], missing=[(0, 1, 0), (0, 1, 1), (0, 2, 0)])
    fake = marked([[[[0, 0], [5, 5]], [[9, 9], [9, 9]], [[9, 9], [5, 7]]]])
    assert scored(sample_of, real, fake)["value"] == pytest.approx(100 * 2 / 20)
    nothing = marked([STILL], missing=[(0, t, k) for t in range(3) for k in range(2)])
    assert math.isnan(scored(sample_of, nothing, fake)["value"]) and math.isnan(
        scored(sample_of, nothing, fake)["missing"]
    )
    lost = scored(sample_of, marked([STILL]), nothing)
    assert math.isnan(lost["value"]) and lost["missing"] == 1


def test_points_of_a_box_on_plain_ground():
    film = torch.full((1, 3, 3, 16, 24), 0.5)
    film[0, 0, 1, 4:8, 10:16] = -0.5
    film[0, 1, 1, 0:2, 2:4] = -0.5  # touches the edge
    points = FigurePoints()(film)
    want = [[13, 6], [10, 6], [16, 6], [13, 4], [13, 8]]
    torch.testing.assert_close(points[0, 0], torch.tensor(want).float(), rtol=0, atol=1e-4)
    torch.testing.assert_close(points[0, 1, 3], torch.tensor([3.0, 0.0]), rtol=0, atol=1e-4)
    assert points[0, 2].isnan().all()  # blank


def test_a_figure_that_moves_aside(sample_of):
    """By 3 of 24 pixels: all five points of every made frame; the detector stands on the card."""
    film = torch.ones(2, 3, 3, 24, 24)
    film[:, :, :, 8:14, 6:12] = -1
    metric = KeypointDistance(detector=FigurePoints(), **DRAWN)
    metric.update(sample_of(film, film.roll(3, dims=4), range(2)))
    answer = metric.compute()
    assert float(answer["value"]) == pytest.approx(100 * 3 / 24, rel=1e-5) and float(answer["missing"]) == 0
    assert set(extractors_of({"keypoints": metric})) == {"figure_points"}
