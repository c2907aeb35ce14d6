import math

import pytest

from kineograph.report.table import commands, count, figure, table
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


def test_the_best_is_bold_and_ties_are_marked():
    assert "<strong>0.100</strong>" in table([row("a", value=0.1), row("b", value=0.2)])
    tied = table([row("a", value=0.1), row("b", value=0.115)])
    assert "<strong>" not in tied
    assert tied.count('<abbr title="tied with the best">=</abbr>') == 2


def test_arrows_follow_the_metric():
    rows = [row("a") | {"higher_is_better": {"clip_distance": True}}]
    assert "higher is better" in table(rows) and "lower is better" in table([row("a")])


def test_html_holds_what_was_measured_and_escapes_names():
    html = table([row("<gan>", parameters=1_432_981, train_seconds=420.0, images_seen=61440)])
    for part in ("&lt;gan&gt;", "0.200", "0.190 to 0.210", "1.43 M", "7.00 min", "61.4 k"):
        assert part in html
    assert "<gan>" not in html


def test_costs_of_one_clip():
    html = table([row("gan", cost={"network_calls": 35, "gflop": 2.5, "peak_mib": 17.25}), row("older")])
    assert '<td class="cost">35</td><td class="cost">2.50</td><td class="cost">17.2</td>' in html
    assert html.count('<td class="cost">–</td>') >= 3


def test_commands():
    html = commands([row("gan", command="kineograph train a=<b>", codec={"parameters": 5}, run="runs/x")])
    assert "kineograph train a=&lt;b&gt;" in html
    assert "codec: parameters 5" in html
    assert "runs/x" in html
    assert "not recorded" in commands([row("gan")])
