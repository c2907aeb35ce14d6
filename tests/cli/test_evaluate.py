import json
import math

import pytest
import torch
from safetensors.torch import load_file, save_file

from kineograph.cli.evaluate import _cell, _listed
from kineograph.cli.main import main
from kineograph.core.power_average import gamma_of
from kineograph.core.video import read_metadata
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


def test_a_memory_chosen_after_training_is_scored_shown_and_exported(tmp_path, capsys):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    (run.path / "averages").mkdir()
    for images, value in ((4, 0.25), (8, 0.5)):
        state = {"network.weight": torch.full((8, 8), value), "network.bias": torch.full((8,), value)}
        facts = {"images": str(images), "gamma": repr(gamma_of(0.05))}
        save_file(state, run.path / "averages" / f"images-{images:012d}-0.safetensors", metadata=facts)

    chosen = ["--sigma-rel", "0.05", "--ema-images", "4", "--allow", "tests", "-o", str(tmp_path / "exported")]
    assert main(["export", f"run={run.path}", *chosen]) == 0
    exported = load_file(tmp_path / "exported" / "weights.safetensors")
    torch.testing.assert_close(exported["averaged.network.weight"].float(), torch.full((8, 8), 0.25))

    words = ["evaluate", f"run={run.path}", "real=false", *METRICS, "--allow", "tests"]
    seen = {}
    for name, memory in {"own": [], "newest": ["sigma_rel=0.05"], "4": ["sigma_rel=0.05", "ema_images=4"]}.items():
        assert main([*words, *memory, f"out={tmp_path}/{name}"]) == 0
        seen[name] = json.loads((tmp_path / name / "tiny_part.json").read_text())["weights"]
    assert len(set(seen.values())) == 3
    film = tmp_path / "film.webp"
    words = ["animate", "--no-picture", f"run={run.path}", "sigma_rel=0.05", "ema_images=4", "--allow", "tests"]
    assert main([*words, "-o", str(film)]) == 0
    assert read_metadata(film)["weights"] == seen["4"]
    capsys.readouterr()
    for wrong, line in {"sigma_rel=0.4": "below 0.29", "ema_images=4": "name its memory"}.items():
        assert main([*words[:3], wrong, "--allow", "tests", "-o", str(film)]) == 1
        assert line in capsys.readouterr().err


def test_mistakes(tmp_path, capsys):
    assert main(["evaluate", "references=[frozn]"]) == 2
    assert "Did you mean 'frozen'" in capsys.readouterr().err
    assert main(["evaluate", f"run={tmp_path}/none"]) == 1
    assert main(["evaluate", "shipped=[nothing]"]) == 1
    assert "no shipped weights 'nothing'" in capsys.readouterr().err


def test_no_metric_at_all(capsys):
    assert main(["evaluate", "references=[frozen]", "data=moving_shapes", "metrics=[]"]) == 2
    assert "metrics=[] measures nothing" in capsys.readouterr().err


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
