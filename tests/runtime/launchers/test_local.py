import sys
import time

import pytest

from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.job import Job
from kineograph.runtime.launchers.local import LocalLauncher
from tests.runtime.fake_sweep import fake_sweep

SEES = """
import os, sys, time
from pathlib import Path
from kineograph.core.run import Run
time.sleep(0.5)
run = Run(Path(sys.argv[1]))
run.update_status(state="finished", gpus=os.environ.get("CUDA_VISIBLE_DEVICES"), threads=os.environ["OMP_NUM_THREADS"])
"""


def test_each_job_has_its_own_gpus(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,4,6,7")
    launcher = LocalLauncher(jobs=None, gpus_per_job=2)
    assert launcher.jobs == 2
    runs = fake_sweep(tmp_path / "sweep", 3).runs()
    jobs = [Job(run.path, [sys.executable, "-c", SEES, str(run.path)]) for run in runs]
    going = [launcher.start(job) for job in jobs[:2]]
    with pytest.raises(StopIteration):  # the controller never gives more than there are slots
        launcher.start(jobs[2])
    while not going[0].over():
        time.sleep(0.05)
    third = launcher.start(jobs[2])  # in the slot that is free again
    for job in [*going, third]:
        while not job.over():
            time.sleep(0.05)
    assert [run.status()["gpus"] for run in runs] in (["3,4", "6,7", "3,4"], ["3,4", "6,7", "6,7"])


def test_jobs_without_gpus_share_the_cores(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(12)))
    assert LocalLauncher(jobs=None, gpus_per_job=1).jobs == 1
    launcher = LocalLauncher(jobs=4, gpus_per_job=1)
    assert launcher.slots == [{"OMP_NUM_THREADS": "3"}] * 4


def test_more_jobs_than_gpus_share_them(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    shares = [slot["CUDA_VISIBLE_DEVICES"] for slot in LocalLauncher(jobs=4, gpus_per_job=1).slots]
    assert shares == ["0", "1", "0", "1"]
    with pytest.raises(UserError, match="has 2 GPUs"):
        LocalLauncher(jobs=None, gpus_per_job=3)


def test_the_status_is_that_of_the_run(tmp_path):
    run = Run(fake_sweep(tmp_path / "sweep", 1).runs()[0].path)
    launched = LocalLauncher(jobs=1, gpus_per_job=1).start(
        Job(run.path, [sys.executable, "-c", "import sys; sys.exit(4)"])
    )
    while not launched.over():
        time.sleep(0.05)
    assert run.status()["error"] == "exit code 4"
