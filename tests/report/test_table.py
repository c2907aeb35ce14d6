import math

import pytest

from kineograph.report.table import best_trained, commands, count, figure, table
from tests.report.results import row


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.1234, "0.123"), (12.34, "12.3"), (-0.5, "−0.500"), (0, "0"), (1234.4, "1234"), (math.nan, "–")],
)
def test_figure(value, said):
    assert figure(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(199, "199"), (9999, "9\u2009999"), (61440, "61.4 k"), (1_432_981, "1.43 M"), (math.nan, "–")],
)
def test_count(value, said):
    assert count(value) == said


def test_best_only_beyond_the_intervals():
    clear = [row("a", value=0.1), row("b", value=0.2), row("shipped", "shipped", value=0.01)]
    assert best_trained(clear, "clip_distance") is clear[0]
    assert best_trained([row("a", value=0.1), row("b", value=0.115)], "clip_distance") is None
    assert best_trained([row("a", value=0.1)], "clip_distance") is None
    bare = row("b", value=0.2)
    del bare["metrics"]["clip_distance_low"]
    assert best_trained([row("a", value=0.1), bare], "clip_distance") is None


def test_higher_is_better_where_it_is():
    rows = [row("a"), row("b")]
    for each, value in zip(rows, (0.5, 0.9), strict=True):
        each["metrics"] = {
            "source_preservation": value,
            "source_preservation_low": value - 0.01,
            "source_preservation_high": value + 0.01,
        }
    assert best_trained(rows, "source_preservation") is rows[1]


def test_html_holds_what_was_measured_and_escapes_names():
    html = table([row("<gan>", parameters=1_432_981, train_seconds=420.0, images_seen=61440)])
    for part in ("&lt;gan&gt;", "0.200", "0.190 to 0.210", "1.43 M", "7.00 min", "61.4 k"):
        assert part in html
    assert "<gan>" not in html


def test_commands():
    html = commands([row("gan", command="kineograph train a=<b>", codec={"parameters": 5}, run="runs/x")])
    assert "kineograph train a=&lt;b&gt;" in html
    assert "codec: parameters 5" in html
    assert "runs/x" in html
    assert "not recorded" in commands([row("gan")])
