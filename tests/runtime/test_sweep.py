import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kineograph.core.errors import ConfigError, UserError
from kineograph.core.run import Run
from kineograph.runtime.launchers.local import LocalLauncher
from kineograph.runtime.sweep import Sweep
from kineograph.runtime.sweepers.grid import GridSweeper
from tests.runtime.fake_sweep import command, conduct, fake_sweep, starts, states

REPOSITORY = Path(__file__).resolve().parents[2]
FAILING = {2, 5, 7}
LONG = 60.0  # seconds: longer than a busy machine takes to start processes


def controller(sweep: Sweep) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "tests.runtime.fake_sweep", str(sweep.path)], cwd=REPOSITORY)


def test_twelve_jobs_three_failures_one_killed_controller(tmp_path):
    sweep = fake_sweep(tmp_path / "sweep", 12, FAILING, seconds=0.3)
    killed = controller(sweep)
    while "finished" not in states(sweep):
        time.sleep(0.02)
    killed.kill()  # others run
    killed.wait()
    left = states(sweep)
    assert "prepared" in left  # it was killed in the middle

    assert conduct(sweep) is None
    assert states(sweep) == ["failed" if number in FAILING else "finished" for number in range(12)]
    assert starts(sweep) == [1] * 12  # neither what had finished nor what still ran was started again
    assert Run(sweep.path / "0005").status()["error"] == "exit code 1: no such data"

    (sweep.path / "mended").write_text("")
    assert conduct(sweep) is None  # without retry_failed there is nothing to do
    assert starts(sweep) == [1] * 12
    assert conduct(sweep, retry_failed=True) is None
    assert states(sweep) == ["finished"] * 12
    assert starts(sweep) == [2 if number in FAILING else 1 for number in range(12)]


def test_told_to_stop_it_lets_the_jobs_end_and_goes_on_later(tmp_path):
    sweep = fake_sweep(tmp_path / "sweep", 4, seconds=LONG)
    told = controller(sweep)
    while sum(starts(sweep)) < 2:
        time.sleep(0.02)
    told.send_signal(signal.SIGTERM)
    assert told.wait(120) == signal.SIGTERM
    assert states(sweep) == ["preempted", "preempted", "prepared", "prepared"]
    (sweep.path / "quick").touch()
    assert conduct(sweep) is None
    assert states(sweep) == ["finished"] * 4
    assert starts(sweep) == [2, 2, 1, 1]


def test_one_controller_at_a_time(tmp_path):
    sweep = fake_sweep(tmp_path / "sweep", 2, seconds=LONG)
    first = controller(sweep)
    while sum(starts(sweep)) < 2:
        time.sleep(0.02)
    with pytest.raises(UserError, match="run by another process"):
        conduct(sweep)
    assert states(sweep) == ["running"] * 2  # those of the first go on
    first.terminate()
    assert first.wait(120) == signal.SIGTERM


def test_a_folder_that_is_no_sweep(tmp_path):
    with pytest.raises(UserError, match="no sweep.json"):
        Sweep.open(tmp_path)


class Lost:
    """A launcher whose jobs vanish."""

    jobs = 3
    stays = False

    def start(self, job):
        return self

    def over(self):
        return True


def test_a_job_that_vanishes_has_failed(tmp_path):
    sweep = fake_sweep(tmp_path / "sweep", 2)
    assert conduct(sweep, Lost()) is None
    assert states(sweep) == ["failed", "failed"]


class Queue(Lost):
    """A cluster: what it was given goes on without the controller."""

    stays = True
    told = False

    def over(self):
        if not self.told:  # the controller is told to end, once it looks after its jobs
            self.told = True
            os.kill(os.getpid(), signal.SIGTERM)
        return False


def test_the_jobs_of_a_cluster_go_on_when_the_controller_ends(tmp_path):
    sweep = fake_sweep(tmp_path / "sweep", 2)
    assert conduct(sweep, Queue()) == signal.SIGTERM
    assert states(sweep) == ["prepared"] * 2
    assert not list(sweep.path.glob("*/stop"))


FORTY = """
import os, sys, time
from pathlib import Path
from kineograph.core.run import Run
time.strftime = lambda *_: "2026-11-21_18-00-00"
children = []
for _ in range(40):
    if (child := os.fork()) == 0:
        while not Path(sys.argv[1], "go").exists():
            pass
        Run.claim(Path(sys.argv[1], "runs"), "gan")
        os._exit(0)
    children.append(child)
Path(sys.argv[1], "go").touch()
sys.exit(sum(os.waitpid(child, 0)[1] for child in children))
"""


def test_forty_runs_in_one_second_are_forty_folders(tmp_path):
    """Forty processes are let loose at once, all with the same time of day."""
    subprocess.run([sys.executable, "-c", FORTY, str(tmp_path)], check=True)
    names = [path.name for path in (tmp_path / "runs").iterdir()]
    assert len(names) == 40
    assert {name[:23] for name in names} == {"2026-11-21_18-00-00_gan"}


class Signalled(LocalLauncher):
    """The signal comes while a job is being started."""

    def start(self, job):
        launched = super().start(job)
        os.kill(os.getpid(), signal.SIGTERM)
        return launched


def test_a_job_that_is_being_started_is_told_to_stop_too(tmp_path):
    sweep = fake_sweep(tmp_path / "sweep", 1, seconds=600.0)
    assert conduct(sweep, Signalled(jobs=1, gpus_per_job=1)) == signal.SIGTERM
    assert states(sweep) == ["preempted"]


class Wrong(GridSweeper):
    """Asks, once the first job is at work, for one that nobody can prepare."""

    def __init__(self, first: Run):
        super().__init__(params={})
        self.first = first

    def ask(self, name):
        while not (self.first.path / "starts").exists():
            time.sleep(0.02)
        return ["bad=1"]


def test_an_error_of_the_controller_leaves_no_job_behind(tmp_path):
    sweep = fake_sweep(tmp_path / "sweep", 1, seconds=600.0)

    def prepare(words, folder):
        raise ConfigError("bad=1: no such key")

    with pytest.raises(ConfigError, match="bad=1"):
        sweep.conduct(
            Wrong(sweep.runs()[0]), LocalLauncher(jobs=2, gpus_per_job=1), prepare, command, lambda run: None, False
        )
    assert states(sweep) == ["preempted"]
