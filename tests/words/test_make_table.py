"""Every experiment's make_table.py: prints its rows, tells what is unexpected, writes between markers alone."""

import json
import runpy
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((REPOSITORY / "experiments").glob("*/make_table.py"))
GAN = {"clip_distance": 0.2, "clip_distance_low": 0.18, "clip_distance_high": 0.22}
RESULTS = [
    {"name": "gan", "kind": "trained", "metrics": GAN},
    {"name": "frozen", "kind": "reference", "metrics": {"clip_distance": 0.42, "seconds_per_clip": 0.5, "other": 1.0}},
]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_a_table(script, tmp_path, capsys):
    main = runpy.run_path(str(script))["main"]
    for result in RESULTS:
        (tmp_path / f"{result['name']}.json").write_text(json.dumps({**result, "protocol": {}}))
    (tmp_path / "something.json").write_text("{}")
    expected = tmp_path / "expected.csv"
    arguments = [str(tmp_path), "--expected", str(expected)]
    assert main([*arguments, "--accept"]) == 0
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "| frozen | 0.42 | 0.5 |\n| gan | 0.2 (0.18 to 0.22) |  |" in printed
    expected.write_text(expected.read_text().replace("0.2,0.18,0.22", "0.1,0.09,0.11"))
    assert main(arguments) == 1
    assert "gan: clip_distance is 0.2, expected 0.1" in capsys.readouterr().out


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_only_what_lies_between_the_markers_changes(script):
    write = runpy.run_path(str(script))["write_between_markers"]
    page = "above\n<!-- results: begin (x) -->\nold\n<!-- results: end -->\nbelow\n"
    assert write(page, "new") == "above\n<!-- results: begin (x) -->\n\nnew\n\n<!-- results: end -->\nbelow\n"
    with pytest.raises(SystemExit):
        write("no markers", "new")
