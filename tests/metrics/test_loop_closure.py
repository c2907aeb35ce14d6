import math

import pytest
import torch

from kineograph.metrics.loop_closure import LoopClosure, closing_step


def fade(*levels):
    return torch.stack([torch.full((3, 4, 4), level / 127.5 - 1) for level in levels])[None]


def test_closed_forms():
    assert float(closing_step(fade(10, 20, 30, 20))) == pytest.approx(1)  # a loop: up, up, down, and down again
    assert float(closing_step(fade(10, 20, 30, 40))) == pytest.approx(3)  # one way: the end is three steps away
    assert float(closing_step(fade(10, 30, 10))) == 0
    assert math.isnan(closing_step(fade(10, 10, 10)))


def test_as_a_metric_leaves_stills_out(sample_of):
    films = torch.cat([fade(5, 5, 5), fade(10, 20, 30)])
    metric = LoopClosure(num_resamples=10, seed=0)
    metric.update(sample_of(films, films, [0, 1]))
    assert float(metric.compute()["value"]) == pytest.approx(2)
