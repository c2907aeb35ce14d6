import math

import pytest

from kineograph.metrics.trials import over_trials


def test_one_trial_keeps_its_intervals():
    row = {"a": 1.0, "a_low": 0.5, "a_high": 2.0}
    assert over_trials([row]) == row


def test_several_give_mean_and_standard_deviation():
    rows = [{"a": value, "a_low": 0.0, "a_high": 9.0, "b": 3.0} for value in (1.0, 2.0, 3.0)]
    found = over_trials(rows)
    assert found == pytest.approx({"a": 2.0, "a_low": 1.0, "a_high": 3.0, "b": 3.0, "b_low": 3.0, "b_high": 3.0})


def test_a_metric_without_a_value_stays_without_one():
    found = over_trials([{"a": math.nan, "b": 1.0}, {"a": 2.0, "b": 3.0}])
    assert math.isnan(found["a"]) and math.isnan(found["a_low"]) and found["b"] == 2.0
