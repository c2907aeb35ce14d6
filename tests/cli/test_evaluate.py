import json
import math

import pytest

from kineograph.cli.evaluate import _cell, _listed
from kineograph.cli.main import main
from kineograph.report.rows import gather
from kineograph.runtime.worker import work
from tests.runtime.tiny_run import tiny_run

METRICS = ["metrics=[flicker,seconds_per_clip]", "num_clips=6", "previews=2"]


def test_runs_and_references_under_one_protocol(tmp_path, capsys, monkeypatch):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    words = ["evaluate", f"run={run.path}", "references=[frozen,nearest]", f"out={tmp_path}/out", *METRICS]
    assert main([*words, "--allow", "tests"]) == 0
    assert "kineograph_tiny" in capsys.readouterr().out
    rows = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "out").glob("*.json")}
    assert set(rows) == {"real", "frozen", "nearest", "tiny_part"}
    assert len({row["protocol"]["hash"] for row in rows.values()}) == 1
    assert rows["frozen"]["metrics"]["flicker"] == 0
    mine = rows["tiny_part"]
    assert (mine["kind"], mine["images_seen"], mine["parameters"], mine["num_clips"]) == ("trained", 8, 72, 6)
    assert mine["train_seconds"] > 0
    assert (mine["cost"]["network_calls"], mine["cost"]["gflop"]) == (0, 0) and mine["cost"]["peak_mib"] > 0
    assert rows["real"]["cost"] is None
    assert len(mine["previews"]) == 2
    places = [tmp_path / "out" / shown[name] for shown in mine["previews"] for name in ("picture", "film")]
    assert all(path.is_file() for path in places)
    found, curves = gather([tmp_path / "out"])
    assert len(found) == 4
    assert curves["tiny_part"] == run.path / "metrics.csv"

    monkeypatch.chdir(tmp_path)  # the tables of a run's own rows lie where one stands
    words = ["evaluate", f"run={run.path}", "real=false", "animator.brightness=0.5", *METRICS]
    assert main([*words, "--allow", "tests"]) == 0
    amended = json.loads((run.path / "evaluations" / "tiny_part.json").read_text())
    assert amended["metrics"]["flicker"] != mine["metrics"]["flicker"]


def test_mistakes(tmp_path, capsys):
    assert main(["evaluate", "references=[frozn]"]) == 2
    assert "Did you mean 'frozen'" in capsys.readouterr().err
    assert main(["evaluate", f"run={tmp_path}/none"]) == 1
    assert main(["evaluate", "shipped=[nothing]"]) == 1
    assert "no shipped weights 'nothing'" in capsys.readouterr().err


def test_cfg_job(capsys):
    assert main(["evaluate", "--cfg", "job"]) == 0
    assert "protocol:" in capsys.readouterr().out


def test_lists_of_runs():
    assert _listed(["run=a", "run=[b,c d]", "references=[frozen]", "seed=1", "shipped=gan"]) == [
        "reference=[frozen]",
        "seed=1",
        'run=["a","b","c d"]',
        'shipped=["gan"]',
    ]


@pytest.mark.parametrize(
    ("scores", "cell"),
    [({}, "-"), ({"a": 0.12345}, "0.123"), ({"a": 1.0, "a_low": 0.5, "a_high": math.pi}, "1 [0.5, 3.14]")],
)
def test_cells(scores, cell):
    assert _cell(scores, "a") == cell
