"""The study of a sweep: what it proposes, prunes and remembers. Jobs are stand-ins that log a known function."""

import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kineograph.core.errors import ConfigError, UserError
from kineograph.core.run import Run
from kineograph.runtime.job import Job
from kineograph.runtime.registry import final
from kineograph.runtime.sweep import Sweep
from kineograph.runtime.sweepers.optuna import OptunaSweeper

optuna = pytest.importorskip("optuna")
SPACE = ["x=interval(-4,4)", "k=range(1,8,3)", "word=choice(a,'b c')", "other=3"]
REPOSITORY = Path(__file__).resolve().parents[3]


def sweeper(n_trials: int = 12, pruner: object = None, **told: object) -> OptunaSweeper:
    settings = {"metric": "loss", "direction": "minimize", "n_trials": n_trials, "params": {}}
    sampler = optuna.samplers.TPESampler(seed=0, constant_liar=True, n_startup_trials=4)
    return OptunaSweeper(**{**settings, "sampler": sampler, "pruner": pruner or optuna.pruners.NopPruner(), **told})


class AtOnce:
    """A job ends when it is started: it logs (x - 1)^2 + k, and fails where x is in ``failing``."""

    jobs = 1
    stays = False

    def __init__(self, failing=lambda x: False):
        self.failing = failing
        self.started = []

    def start(self, job: Job) -> "AtOnce":
        run = Run(job.run)
        config = run.config()
        self.started.append(job.run.name)
        if self.failing(config["x"]):
            run.update_status(state="failed", error="no disk")
        else:
            (job.run / "metrics.csv").write_text(f"images_seen,loss\n8,{(config['x'] - 1) ** 2 + config['k']}\n")
            run.update_status(state="finished")
        return self

    def over(self) -> bool:
        return True


def prepare(words: list[str], folder: Path) -> Run:
    config = dict(word.split("=") for word in words)
    run = Run.claim_at(folder)
    run.describe({"x": float(config["x"]), "k": int(config["k"]), "word": config["word"]}, words, {}, [])
    return run


def conduct(sweep: Sweep, sweeper: OptunaSweeper, launcher: object, retry_failed: bool = False) -> int | None:
    sweeper.plan(SPACE)
    return sweep.conduct(sweeper, launcher, prepare, lambda run: [], lambda run: None, retry_failed)


@pytest.fixture
def sweep(tmp_path):
    (tmp_path / "sweep").mkdir()
    sweep = Sweep(tmp_path / "sweep")
    sweep.describe([], [])
    return sweep


def test_a_study_of_a_known_function(sweep):
    mine = sweeper(n_trials=30)
    assert conduct(sweep, mine, AtOnce()) is None
    runs = [run.config() for run in sweep.runs()]
    assert len(runs) == 30
    assert all(-4 <= run["x"] <= 4 for run in runs)
    assert {run["k"] for run in runs} <= {1, 4, 7}
    assert {run["word"] for run in runs} == {"a", "b\\ c"}
    values = [(run["x"] - 1) ** 2 + run["k"] for run in runs]
    assert min(values) < 1.5  # of 1 at best; uniform draws reach that with probability 1 - (1 - 0.06)^30 = 0.83
    assert sum(values[20:]) / 10 < sum(values[:10]) / 10  # it has learned
    best = values.index(min(values))
    assert f"{min(values):.6g} in {best:04}" in mine.word()


class Killed(AtOnce):
    def over(self) -> bool:
        if len(self.started) == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return True


def die(folder: str) -> None:
    """A controller that is killed before it learns how its fifth job has ended."""
    conduct(Sweep(Path(folder)), sweeper(), Killed())


def test_a_study_goes_on_where_its_controller_was_killed(sweep):
    code = "import sys; from tests.runtime.sweepers import test_optuna; test_optuna.die(sys.argv[1])"
    killed = subprocess.run([sys.executable, "-c", code, str(sweep.path)], cwd=REPOSITORY, check=False)
    assert killed.returncode == -signal.SIGKILL
    launcher = AtOnce()
    mine = sweeper()
    assert conduct(sweep, mine, launcher) is None
    assert launcher.started == [f"{number:04}" for number in range(5, 12)]  # the fifth had finished by itself
    trials = mine.study.get_trials()
    assert len(trials) == 12
    assert all(trial.state == optuna.trial.TrialState.COMPLETE for trial in trials)
    assert len({trial.params["x"] for trial in trials}) == 12  # no point was drawn twice
    launcher = AtOnce()
    conduct(sweep, sweeper(), launcher)
    assert launcher.started == []


def test_failures_do_not_stop_it_and_may_be_tried_again(sweep):
    mine = sweeper()
    conduct(sweep, mine, AtOnce(failing=lambda x: x < 0))
    failed = [run.path.name for run in sweep.runs() if run.status()["state"] == "failed"]
    assert 0 < len(failed) < 12
    assert len(sweep.runs()) == 12
    launcher = AtOnce()
    mine = sweeper()
    conduct(sweep, mine, launcher, retry_failed=True)
    assert launcher.started == failed
    assert len(sweep.runs()) == 12
    values = [trial.value for trial in mine.study.get_trials() if trial.value is not None]
    assert len(values) == 12


def test_the_released_plugins_failure_at_twelve_of_twelve(sweep):
    mine = sweeper(n_trials=3)
    assert conduct(sweep, mine, AtOnce(failing=lambda x: True)) is None
    assert len(sweep.runs()) == 3
    assert mine.word() == "no job has a value of loss yet"


class Slow(AtOnce):
    """Logs one value each time that it is looked at; the third job is far worse than the ones before."""

    jobs = 2

    def start(self, job):
        return SlowJob(Run(job.run), self)


class SlowJob:
    def __init__(self, run, launcher):
        self.run, self.launcher, self.rows = run, launcher, 0
        launcher.started.append(run.path.name)
        self.bad = len(launcher.started) > 4

    def over(self):
        if (self.run.path / "stop").exists():
            self.run.update_status(state=(self.run.path / "stop").read_text())
            return True
        self.rows += 1
        rows = "".join(f"{8 * row},{100 if self.bad else 1 / row}\n" for row in range(1, self.rows + 1))
        (self.run.path / "metrics.csv").write_text("images_seen,loss\n" + rows)
        if self.rows == 6:
            self.run.update_status(state="finished")
        return self.rows == 6


def test_hopeless_jobs_are_pruned(sweep, monkeypatch):
    monkeypatch.setattr("kineograph.runtime.sweep.POLL", 0.01)
    mine = sweeper(n_trials=6, pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=16))
    conduct(sweep, mine, Slow())
    states = [run.status()["state"] for run in sweep.runs()]
    assert states == ["finished"] * 4 + ["pruned"] * 2
    trials = mine.study.get_trials()
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 4 + ["PRUNED"] * 2
    assert trials[0].intermediate_values == {8 * row: 1 / row for row in range(1, 7)}
    assert trials[4].last_step == 16  # where the pruner begins to look
    assert "of 4: 0.166667" in mine.word()


def test_a_run_without_the_metric_has_failed(sweep):
    class Mute(AtOnce):
        def start(self, job):
            Run(job.run).update_status(state="finished")
            return self

    mine = sweeper(n_trials=1)
    conduct(sweep, mine, Mute())
    assert sweep.runs()[0].status()["error"] == "metrics.csv has no number for loss"


def test_the_grammar_of_the_search_space():
    mine = sweeper()
    mine.plan(
        [
            "a=int(interval(1,8))",
            "b=tag(log,interval(1e-4,1))",
            "c=1,2",
            "d=range(0,3)",
            "e=range(0.0,0.4,0.2)",
            "h=range(9,1,-2)",
            "+f=0,1",
            "g=5",
        ]
    )
    kinds = optuna.distributions
    assert mine.space == {
        "a": kinds.IntDistribution(1, 8),
        "b": kinds.FloatDistribution(1e-4, 1.0, log=True),
        "c": kinds.CategoricalDistribution(["1", "2"]),
        "d": kinds.IntDistribution(0, 2),
        "e": kinds.CategoricalDistribution(["0.0", "0.2"]),
        "h": kinds.IntDistribution(3, 9, step=2),
        "+f": kinds.CategoricalDistribution(["0", "1"]),
    }
    assert mine.fixed == ["g=5"]
    with pytest.raises(ConfigError, match="nothing to search"):
        sweeper().plan(["g=5"])
    with pytest.raises(ConfigError, match="minimize or maximize"):
        sweeper(direction="down")
    with pytest.raises(ConfigError, match="glob"):
        sweeper().plan(["experiment=glob(*)"])


@pytest.mark.parametrize(
    "impossible", ["range(1,1)", "range(1,9,0)", "interval(5,1)", "int(interval(5,1))", "tag(log,interval(0,1))"]
)
def test_a_range_without_values_is_told_with_its_key(impossible):
    with pytest.raises(ConfigError, match=rf"^x={re.escape(impossible)}: ."):
        sweeper().plan([f"x={impossible}"])


def test_without_optuna_one_line_says_how_to_get_it(monkeypatch):
    mine = sweeper()
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UserError, match=r"pip install 'kineograph\[sweep\]'"):
        mine.plan(SPACE)


@pytest.mark.slow
def test_real_jobs_two_at_once_and_a_killed_controller(tmp_path, capsys):
    from kineograph.cli.main import main
    from tests.runtime.tiny_run import CHOICES, CONF

    folder = tmp_path / "sweep"
    words = ["train", *CHOICES, "-m", "--config-dir", CONF, "--allow=tests", f"hydra.sweep.dir={folder}"]
    words += [
        "hydra/sweeper=optuna",
        "hydra.sweeper.n_trials=6",
        "hydra.sweeper.metric=train/l1",
        "hydra.launcher.jobs=2",
    ]
    words += ["seed=int(interval(0,1000))", "animator.brightness=interval(0,1)"]
    with subprocess.Popen(
        [sys.executable, "-m", "kineograph.cli.main", *words], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as controller:
        assert controller.stdout is not None
        for line in controller.stdout:
            if line.startswith("0001 finished"):
                controller.kill()
    assert main(["sweep", str(folder), "--allow=tests"]) == 0
    sweep = Sweep.open(folder)
    assert [run.status()["state"] for run in sweep.runs()] == ["finished"] * 6
    losses = [final(run.path)["train/l1"] for run in sweep.runs()]
    assert all(map(math.isfinite, losses))
    told = capsys.readouterr().out
    assert f"best train/l1 of 6: {min(losses):.6g} in {losses.index(min(losses)):04}" in told
