"""The measurement of post-processing: an interval of clips that look alike is not narrower for their number."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

MEASURE = runpy.run_path(str(Path(__file__).resolve().parents[2] / "experiments" / "postprocess" / "measure.py"))


def test_variants_of_one_picture_are_drawn_together():
    """Four copies of each of six films are six films."""
    found = np.random.default_rng(0).normal(size=6)
    low, high = MEASURE["interval"](found, torch.arange(6))
    copied = MEASURE["interval"](found.repeat(4), torch.arange(6).repeat_interleave(4))
    assert copied == pytest.approx((low, high))
    apart = MEASURE["interval"](found.repeat(4), torch.arange(24))
    assert apart[1] - apart[0] < 0.7 * (high - low)


def test_a_film_without_the_number_is_left_out_with_its_group():
    before, after = np.zeros(5), np.array([1.0, 1.1, 0.9, 1.0, np.nan])
    groups = torch.tensor([3, 3, 7, 8, 9])
    cells, verdict = MEASURE["verdict_of"](np.array([before, after, before]), groups, True, False)
    assert verdict == "better" and "| +1 [" in cells
    assert MEASURE["verdict_of"](np.full((3, 5), np.nan), groups, True, False)[1] == "not measured"
