"""Grids by -m: how jobs are planned, prepared and told of. The jobs are stand-ins, but in the slow test."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from kineograph.cli.main import main
from kineograph.core.run import Run
from kineograph.runtime.job import Job
from kineograph.runtime.launchers import local
from kineograph.runtime.sweep import Sweep
from tests.runtime.fake_sweep import states
from tests.runtime.tiny_run import CHOICES, CONF

FLAGS = ["--config-dir", CONF, "--allow", "tests"]


class AtOnce:
    """Instead of a process: the job has ended when it is started; it fails where its seed is 2."""

    started: list[Job] = []
    jobs = 1
    stays = False

    def __init__(self, *, jobs: int | None, gpus_per_job: int):
        self.told = jobs

    def start(self, job: Job) -> "AtOnce":
        self.started.append(job)
        run = Run(job.run)
        failed = run.config()["seed"] == 2 and not (job.run.parent / "mended").exists()
        run.update_status(state="failed" if failed else "finished", error="no disk" if failed else None, images_seen=8)
        return self

    def over(self) -> bool:
        return True


@pytest.fixture
def started(monkeypatch):
    monkeypatch.setattr(local, "LocalLauncher", AtOnce)
    monkeypatch.setattr(AtOnce, "started", [])
    return AtOnce.started


def only_sweep(folder: Path) -> Sweep:
    (path,) = (path for path in folder.iterdir() if (path / "sweep.json").exists())
    return Sweep(path)


def test_a_secret_is_no_part_of_a_sweep(tmp_path, capsys, started, monkeypatch):
    """Not even where no job's configuration would hold it."""
    monkeypatch.setenv("CLUSTER_TOKEN", "a-long-secret")
    words = [*CHOICES, f"runs={tmp_path}/runs", "seed=1,2", "hydra.launcher.jobs=a-long-secret", "-m", *FLAGS]
    assert main(["train", *words]) == 2
    line = capsys.readouterr().err
    assert "hydra.launcher.jobs holds the value of the environment variable CLUSTER_TOKEN" in line
    assert "a-long-secret" not in line
    assert not (tmp_path / "runs").exists()


def test_every_job_is_a_run_folder_and_a_failure_stops_nothing(tmp_path, capsys, started):
    words = ["train", *CHOICES, f"runs={tmp_path}", "seed=1,2,3", "-m", *FLAGS]
    assert main(words) == 1
    sweep = only_sweep(tmp_path)
    assert states(sweep) == ["finished", "failed", "finished"]
    assert [run.config()["seed"] for run in sweep.runs()] == [1, 2, 3]
    assert started[0].command == [
        *[sys.executable, "-m", "kineograph.cli.main", "train", f"resume={sweep.path}/0000"],
        *["--allow=tests", f"--config-dir={CONF}"],
    ]
    told = capsys.readouterr()
    line = next(line for line in told.out.splitlines() if "0001" in line and "│" in line)
    assert "failed" in line and "seed=2" in line and "no disk" in line and "max_images" not in line
    assert "1 of 3 jobs did not finish (1 failed: 0001)" in told.err
    assert f"kineograph sweep --retry-failed {sweep.path}" in told.err
    assert told.err.count("\n") == 1

    started.clear()
    assert main(["sweep", str(sweep.path), "--allow", "tests"]) == 1
    assert started == []  # what failed is not tried again unasked
    (sweep.path / "mended").write_text("")
    assert main(["sweep", "--retry-failed", str(sweep.path), "--allow", "tests"]) == 0
    assert [job.run.name for job in started] == ["0001"]
    assert states(sweep) == ["finished"] * 3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("animator.acumulate=1", "Did you mean 'animator.accumulate'"),
        ("animator.accumulate=1,x", "wants int here"),  # in the second job
        ("run_dir=here", "hydra.sweep.dir"),
        ("hydra/launcher=slurm", "Choices: local, ray"),
        ("hydra.launcher.jobbs=2", "no key 'hydra.launcher.jobbs'"),
        ("hydra.launcher.jobs=many", "LocalLauncher wants int or null"),
        ("trainer=ddp", "set hydra.launcher.gpus_per_job=2, or trainer.accelerator=cpu"),
        ("trainer=cpu,ddp_multinode", "trainer.num_nodes=2: a job of a sweep has one machine"),
    ],
)
def test_a_mistake_in_any_job_is_told_before_the_first_and_leaves_nothing(tmp_path, capsys, started, wrong, words):
    assert main(["train", *CHOICES, f"runs={tmp_path}/runs", "seed=1,2", wrong, "-m", *FLAGS]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert started == []
    assert not (tmp_path / "runs").exists()


def test_the_folder_can_be_chosen_and_prepared_alone(tmp_path, capsys, started):
    words = ["train", *CHOICES, "seed=1,3", f'hydra.sweep.dir="{tmp_path}/a=b,c"', "-m", *FLAGS]
    assert main([*words, "--cfg", "job"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["seed"] == 1
    assert main([*words, "--prepare"]) == 0
    sweep = Sweep.open(tmp_path / "a=b,c")
    assert capsys.readouterr().out.strip() == str(sweep.path)
    assert started == []
    assert main(words) == 2
    assert "exists; go on with: kineograph sweep" in capsys.readouterr().err
    assert main(["sweep", str(sweep.path), "hydra.launcher.jobs=4", "--allow=tests"]) == 0
    assert len(started) == 2


def test_only_the_launcher_may_change_later(tmp_path, capsys, started):
    assert main(["train", *CHOICES, f"runs={tmp_path}", "seed=1,3", "-m", *FLAGS]) == 0
    sweep = only_sweep(tmp_path)
    capsys.readouterr()
    assert main(["sweep", str(sweep.path), "seed=4"]) == 2
    assert "only hydra/launcher" in capsys.readouterr().err
    assert main(["sweep", str(tmp_path)]) == 1
    assert "no sweep.json" in capsys.readouterr().err


def test_an_experiment_brings_its_grid(tmp_path, started):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "mine.yaml").write_text(
        "# @package _global_\nhydra:\n  sweeper:\n    params:\n      seed: 1,3\n      max_images: 8,16\n"
    )
    words = [
        "train",
        *CHOICES,
        "experiment=mine",
        f"runs={tmp_path}/runs",
        "-m",
        *FLAGS,
        "--config-dir",
        f"{tmp_path}/conf",
    ]
    words.remove("max_images=64")
    assert main(words) == 0
    configs = [run.config() for run in only_sweep(tmp_path / "runs").runs()]
    assert [(c["seed"], c["max_images"]) for c in configs] == [(1, 8), (1, 16), (3, 8), (3, 16)]


def test_optuna_proposes_and_its_parts_are_chosen_like_hydras(tmp_path, capsys, started):
    pytest.importorskip("optuna")
    words = ["train", *CHOICES, f"runs={tmp_path}", "seed=int(interval(10,20))", "hydra/sweeper=optuna", "-m", *FLAGS]
    words += ["hydra.sweeper.n_trials=2", "hydra/sweeper/sampler=random", "hydra/sweeper/pruner=none"]
    assert main(words) == 1  # the stand-ins log nothing
    sweep = only_sweep(tmp_path)
    assert all(10 <= run.config()["seed"] <= 20 for run in sweep.runs())
    assert [run.status()["error"] for run in sweep.runs()] == ["metrics.csv has no number for eval/clip_distance"] * 2
    assert main(["sweep", str(sweep.path), "hydra.sweeper.n_trials=3", "--allow=tests"]) == 1
    assert len(started) == 3


@pytest.mark.slow
def test_twelve_real_jobs_three_failing_and_a_killed_controller_then_mended(tmp_path, capsys):
    words = [
        "train",
        *CHOICES,
        f"runs={tmp_path}",
        "animator.fail_at=-1,-2,-3,16",
        "seed=1,2,3",
        "hydra.launcher.jobs=2",
    ]
    controller = subprocess.Popen(
        [sys.executable, "-m", "kineograph.cli.main", *words, "-m", *FLAGS], stdout=subprocess.DEVNULL
    )
    while not list(tmp_path.glob("*/sweep.json")) or states(only_sweep(tmp_path)).count("finished") < 2:
        assert controller.poll() is None
        time.sleep(0.1)
    controller.kill()  # its jobs go on
    controller.wait()
    sweep = only_sweep(tmp_path)
    assert "prepared" in states(sweep)
    early = {run.path: run.status()["updated"] for run in sweep.runs() if run.status().get("state") == "finished"}
    assert main(["sweep", str(sweep.path), "--allow=tests"]) == 1
    assert {path: Run(path).status()["updated"] for path in early} == early
    assert states(sweep) == (["finished"] * 9 + ["failed"] * 3)
    assert "3 of 12 jobs did not finish (3 failed: 0009, 0010, 0011)" in capsys.readouterr().err
    failed = sweep.runs()[9]
    assert failed.status()["error"] == "the loss term l1 is not finite; clips of the batch: 1, 2"
    for run in sweep.runs()[9:]:  # the cause is mended
        text = (run.path / "config.yaml").read_text().replace("fail_at: 16", "fail_at: -1")
        (run.path / "config.yaml").write_text(text)
    before = [run.status()["updated"] for run in sweep.runs()[:9]]
    assert main(["sweep", "--retry-failed", str(sweep.path), "--allow=tests"]) == 0
    assert states(sweep) == ["finished"] * 12
    assert [run.status()["updated"] for run in sweep.runs()[:9]] == before
    assert {run.status()["images_seen"] for run in sweep.runs()} == {64}
    capsys.readouterr()
    assert main(["runs", "compare", str(sweep.path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 12 and all("train/l1" in row["metrics"] for row in rows)
