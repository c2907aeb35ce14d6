import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.job import HOLDER, Job, alone, held, main
from tests.runtime.fake_sweep import command, fake_sweep

SAVES = """
import signal, sys, time
from pathlib import Path
from kineograph.core.run import Run
run = Run(Path(sys.argv[1]))
def save(*_):
    run.update_status(state="preempted")
    sys.exit(143)
signal.signal(signal.SIGTERM, save)
(run.path / "ready").write_text("")
time.sleep(600)
"""
LOCKS = """
import sys
from pathlib import Path
from kineograph.core.run import Run
from kineograph.runtime.job import alone
run = Run(Path(sys.argv[1]))
with alone(run):
    run.update_status(state="finished")
"""


@pytest.fixture
def run(tmp_path):
    return fake_sweep(tmp_path / "sweep", 1).runs()[0]


def test_a_job_ends_in_the_state_that_it_wrote(run):
    assert Job(run.path, command(run))() == "finished"
    assert Job(run.path, command(run))() == "finished"  # and is not started again
    assert (run.path / "starts").read_text() == "x"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import sys; sys.exit('no such data')", "exit code 1: no such data"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL"),
        ("", "exit code 0"),
    ],
)
def test_a_process_that_dies_leaves_a_status(run, code, error):
    assert Job(run.path, [sys.executable, "-c", code])() == "failed"
    assert run.status()["error"] == error


@pytest.mark.parametrize("state", ["preempted", "pruned"])
def test_a_job_that_is_stopped_saves_first(run, state):
    job = Job(run.path, [sys.executable, "-c", SAVES, str(run.path)])
    thread = threading.Thread(target=job)
    thread.start()
    while not (run.path / "ready").exists():
        time.sleep(0.01)
    job.stop(state)
    thread.join(120)
    assert run.status()["state"] == state
    assert not (run.path / "stop").exists()


def test_a_job_that_is_stopped_while_it_starts_has_not_failed(run):
    """Two ranks tell so, when the signal comes before they can save."""
    job = Job(
        run.path, [sys.executable, "-c", SAVES.replace('"preempted"', '"failed", error="too early"'), str(run.path)]
    )
    thread = threading.Thread(target=job)
    thread.start()
    while not (run.path / "ready").exists():
        time.sleep(0.01)
    job.stop("preempted")
    thread.join(120)
    assert run.status()["state"] == "preempted"
    assert run.status().get("error") is None


def test_a_signal_to_the_jobs_process_is_handed_on(run):
    process = subprocess.Popen(
        [sys.executable, "-m", "kineograph.runtime.job", str(run.path), sys.executable, "-c", SAVES, str(run.path)]
    )
    while not (run.path / "ready").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 1
    assert run.status()["state"] == "preempted"


def test_a_signal_in_the_midst_of_a_poll_ends_it_too(run):
    job = Job(run.path, [sys.executable, "-c", SAVES, str(run.path)])
    thread = threading.Thread(target=job)
    thread.start()
    while not (run.path / "ready").exists():
        time.sleep(0.01)
    with job.child._waitpid_lock:  # as Popen.poll() holds it
        handler = threading.Thread(target=job.end, args=["preempted"], daemon=True)
        handler.start()
        handler.join(20)
        assert not handler.is_alive()
    thread.join(60)
    assert run.status()["state"] == "preempted"


def forever() -> bool:
    return True


def test_two_jobs_of_one_run_do_not_train_it_at_once(run):
    first = Job(run.path, [*command(run)])
    with held(run.path / "job.lock", forever):
        second = threading.Thread(target=first)
        second.start()
        time.sleep(0.3)
        assert not (run.path / "starts").exists()  # it waits
        Run(run.path).update_status(state="failed")
    second.join(120)
    assert not (run.path / "starts").exists()  # and leaves the failure to be looked at
    with held(run.path / "job.lock", forever), held(run.path / "job.lock", bool) as lock:
        assert lock is None


def test_a_job_that_waits_for_another_may_be_told_to_stop(run):
    job = Job(run.path, command(run))
    answers = []
    with held(run.path / "job.lock", forever):
        waiting = threading.Thread(target=lambda: answers.append(job()))
        waiting.start()
        job.stop("preempted")
        waiting.join(120)
        assert answers == ["preempted"] and not (run.path / "starts").exists()


def test_a_process_that_cannot_be_started_is_no_lock_of_another(run, monkeypatch):
    def fork(*_, **__):
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", fork)
    with pytest.raises(BlockingIOError, match="no more processes"):
        Job(run.path, command(run))()


def test_alone_with_a_run(run, monkeypatch):
    with held(run.path / "job.lock", forever):
        run.update_status(state="running")  # by this process, which is alive
        with pytest.raises(UserError, match=f"is being trained already \\(process {os.getpid()} on "), alone(run):
            pass
        monkeypatch.setenv(HOLDER, str(run.path))  # the lock is held for this process
        with alone(run):
            pass
        monkeypatch.delenv(HOLDER)
    with alone(run), held(run.path / "job.lock", bool) as lock:
        assert lock is None


def test_what_a_killed_process_leaves_is_waited_for(run):
    run.update_status(state="preempted")
    left = contextlib.ExitStack()
    left.enter_context(held(run.path / "job.lock", forever))
    threading.Timer(0.5, left.close).start()
    with alone(run):
        pass


def test_a_job_trains_under_its_own_lock(run):
    """The command of a job is `kineograph train resume=RUN`, which locks too."""
    assert Job(run.path, [sys.executable, "-c", LOCKS, str(run.path)])() == "finished"


def test_main_tells_by_its_exit_code(run):
    earlier = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2)}
    try:
        assert main([str(run.path), *command(run)]) == 0
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
