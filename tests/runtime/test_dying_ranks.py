"""One rank of two ends in every way: all end, non-zero, soon, and nobody is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kineograph.core.run import Run
from tests.runtime.test_worker import newest
from tests.runtime.tiny_run import CHOICES, CONF

BATCH = 8  # images of both ranks
START = 600.0  # seconds that three processes may take to start on a busy machine


def left(run_dir: Path) -> list[int]:
    """Processes whose command line names this run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(run_dir).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:  # it has just ended
            continue
    return found


def start(run_dir: Path, *overrides: str) -> subprocess.Popen:
    words = [*CHOICES, "callbacks=[witness,preemption,checkpoint]", "trainer=ddp", f'run_dir="{run_dir}"', *overrides]
    command = [sys.executable, "-m", "kineograph.cli.main", "train", *words, "--config-dir", CONF, "--allow", "tests"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def wait_until(condition, seconds: float) -> None:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def nobody_stays(tmp_path):
    """A test that fails leaves no process behind."""
    yield
    for number in left(tmp_path / "run"):
        os.kill(number, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("kind", [signal.SIGKILL, 0])
def test_a_rank_that_ends_ends_all(tmp_path, rank, kind):
    dying = [f"callbacks.witness.signal_at={2 * BATCH}", f"callbacks.witness.signal={int(kind)}"]
    process = start(tmp_path / "run", *dying, f"callbacks.witness.rank={rank}", "callbacks.checkpoint.every_images=8")
    wait_until((tmp_path / "run" / "signalled").exists, START)
    died = time.monotonic()
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 1, told
    assert time.monotonic() - died < 30
    assert left(tmp_path / "run") == []
    (line,) = [line for line in told.splitlines() if line.startswith("kineograph: ")]
    assert (f"rank {rank} died (SIGKILL)" if kind else "the witness has seen enough") in line
    assert Run.open(tmp_path / "run").status()["state"] == "failed"


@pytest.mark.slow
def test_a_launcher_that_is_killed_leaves_nobody_and_a_checkpoint(tmp_path):
    process = start(tmp_path / "run", "max_images=800000")
    csv = tmp_path / "run" / "metrics.csv"
    wait_until(lambda: csv.is_file() and csv.read_text().count("\n") > 3, START)
    process.kill()
    process.communicate()
    wait_until(lambda: not left(tmp_path / "run"), 30)
    run = Run.open(tmp_path / "run")
    assert run.status()["state"] == "preempted"
    assert newest(run)["images_seen"] >= BATCH
