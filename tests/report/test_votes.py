import json

import pytest

from kineograph.core.errors import UserError
from kineograph.report.votes import key_name, read_votes, tally

PAIRS = [("a", "b"), ("b", "a"), ("a", "b"), ("b", "a"), ("real", "a"), ("b", "real")]
KEY = {
    "page": "p1",
    "animators": {"a": "1", "b": "2"},
    "pairs": [{"left": left, "right": right, "group": place} for place, (left, right) in enumerate(PAIRS)],
}


def saved(folder, name, choices, judge="j1", page="p1"):
    path = folder / name
    path.write_text(json.dumps({"page": page, "judge": judge, "choices": choices}))
    return path


@pytest.fixture
def folder(tmp_path):
    (tmp_path / key_name("p1")).write_text(json.dumps(KEY))
    return tmp_path


def test_sides_are_undone_and_each_two_counted_by_themselves(folder):
    file = saved(folder, "v.json", ["left", "right", "tie", "left", "right", None])
    rows = tally(*read_votes([file], folder), "half")
    models, real = rows
    assert (models["one"], models["other"], models["value"]) == ("a", "b", (1 + 1 + 0.5 + 0) / 4)
    assert (models["votes"], models["ties"], models["pictures"], models["judges"]) == (4, 1, 4, 1)
    assert models["left"] == 2 / 3  # left, right, left
    assert (real["one"], real["other"], real["value"], real["votes"]) == ("a", "real", 1, 1)


def test_ties_left_out_and_judges_together(folder):
    files = [
        saved(folder, "1.json", ["left", "left", "tie", "left", None, None]),
        saved(folder, "2.json", ["left", "tie", "tie", "tie", None, None], judge="j2"),
    ]
    [row] = tally(*read_votes(files, folder), "left_out")
    assert row["value"] == 2 / 4  # a, b, b and a
    assert (row["votes"], row["ties"], row["judges"]) == (8, 4, 2)
    only_ties = [saved(folder, "3.json", ["tie"] * 4 + [None, None])]
    [row] = tally(*read_votes(only_ties, folder), "left_out")
    assert "value" not in row and row["left"] is None


def test_what_cannot_be_counted_is_one_line(folder, tmp_path):
    good = saved(folder, "good.json", ["left"] + [None] * 5)
    for files, words in {
        (tmp_path / "none.json",): "cannot be read as votes",
        (saved(folder, "odd.json", ["up"]),): "not the votes of a page",
        (saved(folder, "short.json", ["left"]),): "1 choices, the page has 6",
        (good, saved(folder, "other.json", [], page="p2")): "on 2 pages",
        (good, good): "two files hold the votes of judge j1",
        (saved(folder, "lost.json", [], page="p3"),): "set out=DIR",
    }.items():
        with pytest.raises(UserError, match=words) as told:
            read_votes(list(files), folder)
        assert "\n" not in str(told.value)
    with pytest.raises(UserError, match="nothing was chosen"):
        tally(*read_votes([saved(folder, "blank.json", [None] * 6)], folder), "half")
    with pytest.raises(UserError, match="choose half or left_out"):
        tally(*read_votes([good], folder), "none")
