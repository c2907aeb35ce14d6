import pytest
import torch

from kineograph.metrics.flow import flow
from kineograph.metrics.motion_smoothness import MotionSmoothness, smoothness
from tests.metrics.sliding import slide


def uniform(*speeds):
    """A flow that is the same everywhere, so that the definition has a closed form."""
    return torch.tensor(speeds)[None, :, None, None, None].expand(1, len(speeds), 2, 16, 16).clone()


@pytest.mark.parametrize(
    ("speeds", "wanted"),
    [((2.0, 2.0, 2.0), 1), ((1.0, -1.0, 1.0), 0), ((1.0, 0.0, 1.0), 0), ((1.0, 2.0), 2 / 3), ((1.0, 2.0, 4.0), 2 / 3)],
)
def test_closed_forms(speeds, wanted):
    assert float(smoothness(uniform(*speeds))) == pytest.approx(wanted, abs=1e-6)


def test_it_follows_the_pixels():
    """Speed depends on the place and the places move with it: nobody speeds up."""
    column = torch.zeros(32)
    before, after = column.clone(), column.clone()
    before[8:16], after[12:20] = 4.0, 4.0
    steps = torch.zeros(1, 2, 2, 32, 32)
    steps[0, 0, 0], steps[0, 1, 0] = before.expand(32, 32), after.expand(32, 32)
    # eight columns moved at 4 and go on so; the four that come to rest behind them read what has moved on
    assert float(smoothness(steps)) > 0.7
    steps[0, 1, 0] = before.expand(32, 32)
    assert float(smoothness(steps)) < 0.7


def test_films():
    even, to_and_fro = slide([0, 1, 2, 3, 4]), slide([0, 1, 0, 1, 0])
    assert float(smoothness(flow(even))) > 0.9
    assert float(smoothness(flow(to_and_fro))) < 0.1


def test_stills_and_short_films_have_none(sample_of):
    metric = MotionSmoothness(num_resamples=10, seed=0)
    films = torch.cat([slide([0, 0, 0]), slide([0, 1, 2])])
    metric.update(sample_of(films, films, [0, 1]))
    assert float(metric.compute()["value"]) > 0.9  # of the one that moves
    assert smoothness(flow(slide([0, 1]))).isnan().all()
