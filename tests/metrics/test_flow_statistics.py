import torch

from kineograph.metrics.flow_statistics import COURSE, SPEEDS, FlowStatistics
from tests.metrics.sliding import slide


def parts(video):
    row = FlowStatistics()(video)[0]
    sizes = [len(SPEEDS), len(SPEEDS), 8, COURSE, COURSE, COURSE, COURSE, 3, 3]
    names = ["speed", "change", "direction", "course", "differences", "divergence", "acceleration", "rhythm", "lags"]
    return dict(zip(names, row.split(sizes), strict=True))


def test_a_still_has_no_motion():
    row = FlowStatistics()(slide([3] * 8))
    assert row.shape == (1, FlowStatistics.feature_dim)
    assert torch.equal(row, torch.zeros_like(row))


def test_an_even_slide():
    """Two of 64 pixels a step: 3.1 hundredths of the width, to the left, always."""
    found = parts(slide([2 * t for t in range(8)]))
    assert (found["speed"][:5] > 0.9).all() and found["speed"][6] < 0.3  # above 1, not above 4
    left = found["direction"].square()
    assert float(left[[0, 7]].sum() / left.sum()) > 0.95
    torch.testing.assert_close(found["course"].square(), torch.full((COURSE,), 3.125), atol=0.3, rtol=0)
    assert (found["rhythm"] < 0.1).all()


def test_time_running_backward_turns_directions_and_courses():
    places = [0, 0, 0, 1, 3, 6, 10, 15]
    there, back = parts(slide(places)), parts(slide(places[::-1]))
    torch.testing.assert_close(there["course"], back["course"].flip(0), atol=0.2, rtol=0)
    assert there["course"][0] < 0.5 < there["course"][-1]
    assert float((there["direction"] - back["direction"]).abs().max()) > 0.5


def test_a_halved_rate_has_a_rhythm():
    held = parts(slide([0, 0, 2, 2, 4, 4, 6, 6]))
    assert held["rhythm"][0] > 1 and held["rhythm"][1] < 0.2  # every step differs from the next, not from the one after


def test_the_hash_is_that_of_the_definition():
    assert len(FlowStatistics().sha256) == 64
