import torch

from kineograph.metrics.flow import flow
from kineograph.metrics.flow_difference import FlowDifference, flow_difference
from tests.metrics.sliding import slide

INNER = (..., slice(8, -8), slice(8, -8))  # what enters at the border has no past


def test_a_known_shift_is_found():
    steps = flow(slide([0, 2, 3, 3]))
    assert steps.shape == (1, 3, 2, 64, 64)
    found = steps[INNER].mean(dim=(0, 3, 4))
    torch.testing.assert_close(found[:, 0], torch.tensor([-2.0, -1.0, 0.0]), atol=0.1, rtol=0)
    torch.testing.assert_close(found[:, 1], torch.zeros(3), atol=0.1, rtol=0)
    assert torch.equal(steps[:, 2], torch.zeros_like(steps[:, 2]))  # equal frames


def test_a_small_films_flow_is_in_its_own_pixels():
    small = torch.nn.functional.avg_pool2d(slide([0, 2]).flatten(0, 1), 2).unflatten(0, (1, 2))  # 32 x 32: one pixel
    assert abs(float(flow(small)[..., 4:-4, 4:-4][:, :, 0].mean()) + 1) < 0.1


def test_single_frames_have_none():
    assert flow(slide([0])).shape == (1, 0, 2, 64, 64)


def test_the_difference_of_two_known_shifts():
    one, three = slide([0, 1, 2, 3]), slide([0, 3, 6, 9])
    assert float(flow_difference(one, one)) == 0
    assert abs(float(flow_difference(one, three)) - 2) < 0.3
    # another picture that moves alike
    assert float(flow_difference(one, slide([0, 1, 2, 3], seed=1))) < 0.3


def test_as_a_metric(sample_of):
    films = torch.cat([slide([0, 1, 2]), slide([0, 2, 4])])
    metric = FlowDifference(num_resamples=10, seed=0)
    metric.update(sample_of(films, films.flip(0), [0, 1]))
    assert abs(float(metric.compute()["value"]) - 1) < 0.3
