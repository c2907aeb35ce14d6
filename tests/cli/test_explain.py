"""One run under many protocols."""

import json

from kineograph.cli.explain import spread_of
from kineograph.cli.main import main
from kineograph.runtime.worker import work
from tests.runtime.tiny_run import tiny_run


def test_the_spread_is_the_largest_over_the_least():
    rows = {name: {"metrics": {"a": value, "b": value - 2, "c": None}} for name, value in (("x", 2.0), ("y", 6.0))}
    assert spread_of(rows) == {
        "a": {"least": "x", "most": "y", "ratio": 3.0, "from": 2.0, "to": 6.0},
        "b": {"least": "x", "most": "y", "ratio": None, "from": 0.0, "to": 4.0},
    }


def test_one_run_under_every_protocol_that_its_clips_allow(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "cache"))
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    words = ["evaluate", "--explain", f"run={run.path}", f"out={tmp_path}/out", "--allow", "tests", "num_clips=3"]
    words += ["metrics=[flicker,motion_distance]", "data=moving_shapes", "data.source.num_clips=30"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    whole = json.loads((tmp_path / "out" / "explain.json").read_text())
    assert {"kineograph_tiny", "styleganv_16f", "styleganv_128f", "cdfvd"} == set(whole["rows"])
    assert "smaller than clip 64x64" in whole["impossible"]["kineograph"]
    assert "smaller than clip 256x256" in whole["impossible"]["latte_stride3"]
    assert {"mcvd_256", "digan_128_10trials", "kineograph_h264"} <= set(whole["impossible"])
    for name, row in whole["rows"].items():
        assert row["protocol"]["name"] == name and row["num_clips"] == 3
    assert len({row["protocol"]["hash"] for row in whole["rows"].values()}) == 3  # cdfvd samples as styleganv_16f does
    assert whole["spread"]["flicker"]["ratio"] > 1
    lines = shown.splitlines()
    assert any("most / least" in line and "styleganv_128f" in line for line in lines)
    assert any(line.startswith("│ motion_distance") for line in lines)
    assert "styleganv_16f: i3d is not among these metrics, which stand in for it" in lines
    assert "cdfvd: videomae_v2_ssv2 is not among these metrics, which stand in for it" in lines
    assert any(line.startswith("latte_stride3: ") for line in lines)
    assert all("\n" not in why for why in whole["impossible"].values())


def test_it_is_about_one_run(capsys):
    assert main(["evaluate", "--explain"]) == 1
    assert "--explain is about one run, and 0 were given" in capsys.readouterr().err
