import json

import pytest

from kineograph.cli.main import main
from kineograph.core.run import Run


@pytest.fixture
def folder(tmp_path):
    """Three runs and a broken folder."""
    for seed, (state, fid) in enumerate([("finished", 7.5), ("failed", 9.0), (None, None)]):
        run = Run.claim_at(tmp_path / f"run{seed}")
        config = {"name": f"run{seed}", "run_dir": str(run.path), "seed": seed, "animator": {"dim": 8 * (seed + 1)}}
        run.describe(config, [f"seed={seed}"], {"animator": "gan"}, [])
        if state:
            error = "the loss is not finite" if state == "failed" else None
            run.update_status(state=state, images_seen=1000 * (seed + 1), train_seconds=90.0, error=error)
            (run.path / "metrics.csv").write_text(f"images_seen,train/l1,eval/fid\n8,0.5,{fid}\n")
    (tmp_path / "zbroken").mkdir()
    (tmp_path / "zbroken" / "status.json").write_text("{")
    return tmp_path


def test_list(folder, capsys):
    assert main(["runs", "list", str(folder)]) == 0
    out = capsys.readouterr().out
    lines = {name: next(line for line in out.splitlines() if name in line) for name in ("run0", "run1", "run2")}
    assert "finished" in lines["run0"] and "1,000" in lines["run0"] and "1.5" in lines["run0"]
    assert "failed" in lines["run1"] and "the loss is not finite" in lines["run1"]
    assert "prepared" in lines["run2"] and "seed=2" in lines["run2"]
    assert sum("zbroken" in line and "broken" in line for line in out.splitlines()) == 1
    assert "4 runs, " in out
    assert main(["runs", "list", str(folder), "--state", "failed", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["run1"]


def test_compare_shows_what_differs_and_what_was_reached(folder, capsys):
    assert main(["runs", "compare", str(folder), "--metrics", "eval/*", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["config"] for row in rows] == [
        {"seed": 0, "animator.dim": 8},
        {"seed": 1, "animator.dim": 16},
        {"seed": 2, "animator.dim": 24},
    ]
    assert [row["metrics"] for row in rows] == [{"eval/fid": 7.5}, {"eval/fid": 9.0}, {}]
    assert main(["runs", "compare", str(folder / "run0"), str(folder / "run1")]) == 0
    out = capsys.readouterr().out
    assert "animator.dim" in out and "eval/fid" in out and "7.5" in out


def test_runs_that_differ_in_much_stand_beside_each_other(folder, capsys, monkeypatch):
    far = {f"key{number}": 0 for number in range(20)}
    path = folder / "run0" / "config.yaml"
    path.write_text(path.read_text() + "\n".join(f"{key}: {value}" for key, value in far.items()) + "\n")
    assert main(["runs", "compare", str(folder / "run0"), str(folder / "run1")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(any(key in line for line in lines) for key in far)
    assert any("run0" in line and "run1" in line for line in lines)


def test_show(folder, capsys):
    assert main(["runs", "show", str(folder / "run1"), "--json"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert known["state"] == "failed"
    assert known["choices"] == {"animator": "gan"}
    assert known["metrics"] == {"train/l1": 0.5, "eval/fid": 9.0}
    assert main(["runs", "show", str(folder / "run1")]) == 0
    assert "the loss is not finite" in capsys.readouterr().out


def test_diff(folder, capsys):
    assert main(["runs", "diff", str(folder / "run0"), str(folder / "run1"), "--json"]) == 0
    parts = json.loads(capsys.readouterr().out)
    assert parts == {
        "config": {"seed": [0, 1], "animator.dim": [8, 16]},
        "facts": {},
        "metrics": {"eval/fid": [7.5, 9.0]},
    }
    assert main(["runs", "diff", str(folder / "run0"), str(folder / "run1")]) == 0
    assert "config: animator.dim" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["list", "none"], ["show", "none"], ["show", "zbroken"], ["diff", "run0", "none"], ["compare", "zbroken"]]
)
def test_what_cannot_be_read_is_told_in_one_line(folder, capsys, monkeypatch, words):
    monkeypatch.chdir(folder)
    assert main(["runs", *words]) == 1
    err = capsys.readouterr().err
    assert err.startswith("kineograph: ") and err.count("\n") == 1
