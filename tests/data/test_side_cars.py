"""Captions and labels of the user's, and one line with file and line number where they are wrong."""

import json
from pathlib import Path

import pytest

from kineograph.core.errors import UserError
from kineograph.data.side_cars import Told, beside, items_of, labelled, table, told_of
from kineograph.data.store_writer import Item


def items(folder: Path, *names: str) -> list[Item]:
    return [Item(folder / name, name, name, -1, "") for name in names]


def test_beside_the_film_before_the_table_before_the_folder(tmp_path):
    (tmp_path / "a.b.txt").write_text("  a cat\n runs ", encoding="utf-8-sig")
    (tmp_path / "a.b.json").write_text('{"label": "cats", "group": "tom", "split": "held_out"}')
    (tmp_path / "drawn").mkdir()
    (tmp_path / "drawn.txt").write_text("drawn by hand")
    (tmp_path / "captions.csv").write_text(
        'path,caption,label\n\na.b.mp4,not this,dogs\n./c.gif,"an owl, asleep",owls\ndrawn,,owls\n'
    )
    found, classes = items_of(tmp_path, items(tmp_path, "a.b.mp4", "c.gif", "drawn", "big_fish/d.mp4", "e.mp4"))
    assert classes == ["big_fish", "cats", "owls"]
    assert [item[2:6] for item in found] == [
        ("tom", 1, "a cat runs", "held_out"),
        ("c.gif", 2, "an owl, asleep", ""),
        ("drawn", 2, "drawn by hand", ""),
        ("big_fish/d.mp4", 0, "big fish", ""),
        ("e.mp4", -1, "", ""),
    ]


def test_numbers_stay_numbers_where_they_are_told(tmp_path):
    three = items(tmp_path, "0/a", "0/b", "c")
    found, classes = labelled(three, [Told(label="10"), Told(label="2"), Told()], by_folder=True)
    assert [item.label for item in found] == [10, 2, -1] and classes == [str(number) for number in range(11)]
    found, classes = labelled(three, [Told(label="10"), Told(), Told()], by_folder=True)
    assert [item.label for item in found] == [1, 0, -1] and classes == ["0", "10"]
    found, classes = labelled(three, [Told()] * 3, by_folder=False)
    assert [item.label for item in found] == [-1] * 3 and classes == []


def test_minus_one_is_no_label(tmp_path):
    four = items(tmp_path, "0/a", "0/b", "c", "d")
    told = [Told(label="-1", caption="x"), Told(label="2"), Told(label="0"), Told(label="-1")]
    found, classes = labelled(four, told, by_folder=True)
    assert [item.label for item in found] == [-1, 2, 0, -1] and classes == ["0", "1", "2"]
    assert [item.caption for item in found] == ["x", "2", "0", ""]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"fine\n\xff\xfe", r"a\.txt:2: not UTF-8"),
        ("a.json", b'{"label": 1,\n "caption": }', r"a\.json:2: not JSON"),
        ("a.json", b"[1]", r"a\.json:1: an object is wanted"),
        ("a.json", b'{"label": 1,\n\n "captoin": "x"}', r"a\.json:3: unknown 'captoin'; known: caption"),
        ("a.json", b'{\n"label": [1]}', r"a\.json:2: label is \[1\]"),
        ("a.json", b'{\n"split": "test"}', r"a\.json:2: split is 'test'; it is train or held_out"),
        ("captions.csv", b"film,caption\n", r"captions\.csv:1: its columns are film,caption; wanted: path"),
        ("captions.csv", b"", r"captions\.csv:1: its columns are"),
        ("captions.csv", b"path,caption\na.gif,x,y\n", r"captions\.csv:2: 3 values for 2 columns"),
        ("captions.csv", b"path,caption\na.gif,x\na.gif,y\n", r"captions\.csv:3: 'a.gif' stands in line 2 too"),
        ("captions.csv", b"path,caption\na.gif,x\nb.gif,y\n", r"captions\.csv:3: there is no film 'b.gif'"),
        ("captions.csv", b'path,caption\na.gif,"x\n', r"captions\.csv:2: unexpected end of data"),
        ("captions.csv", b"path,split\na.gif,test\n", r"captions\.csv:2: split is 'test'"),
        ("captions.csv", b"path,caption\na.gif,\xff\n", r"captions\.csv:2: not UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as told:
        items_of(tmp_path, items(tmp_path, "a.gif"))
    assert "\n" not in str(told.value)


def test_side_cars_inside_shards_may_hold_more():
    content = json.dumps({"caption": "a cat", "url": "x", "width": [1], "label": None}).encode()
    assert told_of("a.json", content, others=True) == Told(caption="a cat")
    assert beside(Path("nowhere.mp4")) == Told() and table(Path("nowhere")) == {}
