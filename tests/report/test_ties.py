import pytest

from kineograph.report.ties import arrow, beats, difference, higher_is_better, marks, motion_warnings
from tests.report.results import row

NAME = "clip_distance"


def drawn(name, values, **more):
    found = row(name, value=sum(values) / len(values), **more)
    return found | {"draws": {NAME: values}}


def test_a_paired_difference_sees_what_overlapping_intervals_hide():
    """Both scatter by 1 from resample to resample, together; one is always better by 0.1."""
    noise = [place / 100 for place in range(101)]
    one, other = drawn("a", noise), drawn("b", [value + 0.1 for value in noise])
    low, high = difference(one, other, NAME)
    assert (low, high) == pytest.approx((-0.1, -0.1))
    assert marks([one, other], NAME) == ["best", None]
    shuffled = drawn("b", [value + 0.1 for value in reversed(noise)])
    assert marks([one, shuffled], NAME) == ["tie", "tie"]


def test_resamples_without_a_number_are_left_out():
    one, other = drawn("a", [1.0, 2.0, 3.0]), drawn("b", [2.0, 3.0, 4.0])
    one["draws"][NAME][1] = None
    assert difference(one, other, NAME) == pytest.approx((-1, -1))


def test_without_resamples_intervals_decide():
    clear = [row("a", value=0.1), row("b", value=0.2), row("shipped", "shipped", value=0.01)]
    assert difference(clear[0], clear[1], NAME) == pytest.approx((-0.12, -0.08))
    assert marks(clear, NAME) == ["best", None, None]
    assert marks([row("a", value=0.1), row("b", value=0.115)], NAME) == ["tie", "tie"]
    assert marks([row("a", value=0.1)], NAME) == [None]
    bare = row("b", value=0.2)
    del bare["metrics"][f"{NAME}_low"]
    assert difference(row("a"), bare, NAME) is None
    assert marks([row("a", value=0.1), bare], NAME) == [None, None]


def test_two_runs_of_one_name_are_two_rows():
    assert marks([row("a", value=0.5), row("a", value=0.1)], NAME) == [None, "best"]


def test_three_rows_of_which_two_lead():
    rows = [row("a", value=0.10), row("b", value=0.11), row("c", value=0.5)]
    assert marks(rows, NAME) == ["tie", "tie", None]


def test_higher_is_better_where_the_row_says_so():
    rows = [row("a", value=0.1), row("b", value=0.5)]
    assert not higher_is_better(rows, NAME)
    told = [each | {"higher_is_better": {NAME: True}} for each in rows]
    assert higher_is_better(told, NAME) and higher_is_better(told, f"{NAME}_excess")
    assert marks(told, NAME) == [None, "best"]
    assert higher_is_better(rows, "source_preservation")


def test_a_part_is_as_its_metric():
    told = [row("a") | {"higher_is_better": {"clip_distance": False, "prdc": True, "prdc_far": False}}]
    assert higher_is_better(told, "prdc_recall") and not higher_is_better(told, "prdc_far_recall")
    assert not higher_is_better(told, "clip_distance_excess")


def moving(name, distance, motion, metric="fvd", kind="trained", width=0.01):
    scores = {metric: distance, "motion_distance": motion}
    lows = {f"{key}_low": value - width for key, value in scores.items()}
    highs = {f"{key}_high": value + width for key, value in scores.items()}
    return row(name, kind) | {"metrics": scores | lows | highs}


@pytest.mark.parametrize("metric", ["fvd", "clip_distance", "kid_efflite0"])
def test_a_better_distance_with_worse_motion_is_flagged(metric):
    rows = [moving("a", 1.0, 5.0, metric), moving("b", 2.0, 3.0, metric)]
    assert motion_warnings(rows) == [
        f"'a' beats 'b' on {metric} (1 against 2) but moves worse: motion_distance (5 against 3)"
    ]


def test_no_flag_where_both_improve_or_where_it_is_a_tie():
    assert motion_warnings([moving("a", 1.0, 3.0), moving("b", 2.0, 5.0)]) == []
    assert motion_warnings([moving("a", 1.0, 5.0, width=3.0), moving("b", 2.0, 3.0, width=3.0)]) == []
    assert motion_warnings([moving("real", 1.0, 5.0, kind="reference"), moving("b", 2.0, 3.0)]) == []
    assert motion_warnings([row("a"), row("b", value=0.9)]) == []


def test_references_are_not_held_against_anything():
    """Jitter moves as much as one likes and frozen not at all: that is what they are for."""
    rows = [moving("frozen", 1.0, 5.0, kind="reference"), moving("jitter", 2.0, 3.0, kind="reference")]
    assert motion_warnings(rows) == []
    assert motion_warnings([*rows, moving("a", 1.5, 4.0)]) == []
    flagged = motion_warnings([*rows, moving("a", 1.0, 5.0), moving("b", 2.0, 3.0, kind="shipped")])
    assert len(flagged) == 1 and flagged[0].startswith("'a' beats 'b'")


@pytest.mark.parametrize("several", [{"seeds": 3}, {"protocol": {"hash": "h", "num_trials": 10}}])
def test_standard_deviations_are_no_intervals_to_tell_rows_apart_by(several):
    """Three seeds that agree have no spread, and say nothing of other clips."""
    one, other = row("a", value=0.1) | several, row("b", value=0.2) | several
    assert difference(one, other, NAME) is None
    assert marks([one, other], NAME) == [None, None]
    assert not beats(one, other, NAME, [one, other])


def test_what_is_best_near_the_real_row_has_no_winner():
    """A film that stands still has no flicker, and is not the better for it."""
    rows = [each | {"higher_is_better": {NAME: None}} for each in (row("a", value=0.1), row("b", value=0.5))]
    assert higher_is_better(rows, NAME) is None and arrow(rows, NAME) == "→"
    assert marks(rows, NAME) == [None, None]
    assert not beats(rows[0], rows[1], NAME, rows) and not beats(rows[1], rows[0], NAME, rows)


def test_a_score_without_an_interval_beats_none():
    one, other = row("a", value=0.1), row("b", value=0.2)
    for each in (one, other):
        each["metrics"]["fd_efflite0_infinity"] = each["metrics"][NAME]
    assert not beats(one, other, "fd_efflite0_infinity", [one, other])
    assert beats(one, other, NAME, [one, other])
