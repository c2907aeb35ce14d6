"""Every experiment's make_table.py: prints its rows, tells what is unexpected, writes between markers alone."""

import runpy
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((REPOSITORY / "experiments").glob("*/make_table.py"))
ROWS = """name,metric,value,low,high
frozen,clip_distance,0.42,0.40,0.44
frozen,parameters,0,,
quickstart_gan,clip_distance,0.2,0.18,0.22
quickstart_gan,parameters,1234567,,
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_a_table(script, tmp_path, capsys):
    main = runpy.run_path(str(script))["main"]
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "expected.csv").write_text(ROWS)
    arguments = [str(tmp_path / "rows.csv"), "--expected", str(tmp_path / "expected.csv")]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "| quickstart_gan | 0.2 (0.18 to 0.22) | 1,234,567 |" in printed
    (tmp_path / "expected.csv").write_text(ROWS.replace("0.2,0.18,0.22", "0.1,0.09,0.11"))
    assert main(arguments) == 1
    assert "quickstart_gan: clip_distance is 0.2, expected 0.1" in capsys.readouterr().out


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_only_what_lies_between_the_markers_changes(script):
    write = runpy.run_path(str(script))["write_between_markers"]
    page = "above\n<!-- results: begin (x) -->\nold\n<!-- results: end -->\nbelow\n"
    assert write(page, "new") == "above\n<!-- results: begin (x) -->\n\nnew\n\n<!-- results: end -->\nbelow\n"
    with pytest.raises(SystemExit):
        write("no markers", "new")
