import csv
import io
import json
import re

import pytest

from kineograph.core.errors import UserError
from kineograph.report.scores import Scores, latex
from tests.report.results import CARD, row


def rows():
    tied = [row("gan_1", value=0.20), row("flow", value=0.21)]
    tied[1]["metrics"]["fid"] = 30.0  # which the other rows lack
    return [*tied, row("worse", value=0.5), row("real", "reference", value=0.01)]


def test_csv_has_the_same_columns_in_every_line_and_marks_ties():
    lines = list(csv.DictReader(io.StringIO(Scores(rows()).csv())))
    assert [line["name"] for line in lines] == ["real", "gan_1", "flow", "worse"]
    assert list(lines[0]) == [
        "name", "kind", "n", "seed", "protocol", "hash",
        "clip_distance ↓", "clip_distance low", "clip_distance high", "clip_distance mark",
        "fid ↓", "fid low", "fid high", "fid mark",
        "parameters", "network_calls", "gflop", "peak_mib",
    ]  # fmt: skip
    assert [line["clip_distance mark"] for line in lines] == ["", "tie", "tie", ""]
    assert [line["fid ↓"] for line in lines] == ["", "", "30.0", ""]
    assert {line["hash"] for line in lines} == {CARD["hash"]}


def test_json_holds_caption_card_and_cells():
    whole = json.loads(Scores(rows()).json())
    assert whole["protocol"] == CARD
    assert [column["name"] for column in whole["columns"]] == ["clip_distance", "fid"]
    for part in ("tiny (a1)", "n = 3", "4 frames at 12 a second", "16 x 16", "seed"):
        assert part in whole["caption"]
    cell = whole["rows"][1]["scores"]["clip_distance"]
    assert (cell["value"], cell["low"], cell["high"]) == pytest.approx((0.2, 0.19, 0.21)) and cell["mark"] == "tie"
    assert whole["rows"][1]["scores"]["fid"]["value"] is None


def test_what_one_clip_costs_stands_behind_the_scores():
    cost = {"network_calls": 35, "gflop": 2.5, "peak_mib": 17.0}
    table = Scores([row("a", parameters=72, cost=cost), row("b", value=0.5)])
    counted, older = json.loads(table.json())["rows"]
    assert counted["cost"] == {"parameters": 72, **cost}
    assert set(older["cost"].values()) == {None}
    lines = list(csv.DictReader(io.StringIO(table.csv())))
    assert [lines[0][name] for name in ("parameters", "network_calls", "gflop", "peak_mib")] == [
        "72",
        "35",
        "2.5",
        "17.0",
    ]
    assert lines[1]["gflop"] == ""


def test_latex_is_balanced_escaped_and_rectangular():
    text = Scores([row("a", value=0.1), row("b&b_2", value=0.9)]).latex()
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in body} == {1}
    assert text.count("{") == text.count("}")
    assert r"$\mathbf{0.100}$ {\scriptsize [0.090, 0.110]}" in text
    assert r"b\&b\_2 & $0.900$" in text
    assert r"clip\_distance $\downarrow$" in text
    assert text.count(r"\begin") == text.count(r"\end") == 2
    assert latex("a_b\\~^{}%#$&") == r"a\_b\textbackslash{}\textasciitilde{}\textasciicircum{}\{\}\%\#\$\&"


def test_several_trials_are_said_in_the_caption():
    many = [each | {"protocol": CARD | {"num_trials": 10}} for each in rows()]
    assert "standard deviation of 10 trials" in Scores(many).caption


def test_rows_of_two_protocols_make_no_table():
    with pytest.raises(UserError, match="height: 16 and 64"):
        Scores([row("a"), row("b") | {"protocol": CARD | {"height": 64, "hash": "b2"}}])


def test_files(tmp_path):
    written = Scores(rows()).write(tmp_path / "tables")
    assert [path.name for path in written] == ["scores.json", "scores.csv", "scores.tex"]
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        Scores(rows()).write(tmp_path / "file" / "tables")
