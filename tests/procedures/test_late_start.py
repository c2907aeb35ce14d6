"""Where a walk that begins late begins."""

import pytest
import torch

from kineograph.procedures.late_start import LateStart
from kineograph.processes.rectified_flow import RectifiedFlow

FLOW = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=3.0)


@pytest.mark.parametrize("num_steps", [1, 7, 40])
def test_any_number_of_steps_begins_where_the_share_of_the_walk_is_left(num_steps):
    levels = LateStart(FLOW, 0.6).levels(num_steps)
    assert len(levels) == num_steps + 1 and (levels.diff() < 0).all() and levels[-1] == 0
    torch.testing.assert_close(levels[0].item(), 3 * 0.6 / (1 + 2 * 0.6))  # the shifted level of 0.6


def test_the_whole_walk_is_the_process_s_own():
    torch.testing.assert_close(LateStart(FLOW, 1.0).levels(10), FLOW.levels(10), atol=1e-6, rtol=0)
    assert LateStart(FLOW, 0.5).velocity == FLOW.velocity
