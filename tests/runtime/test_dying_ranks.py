"""One rank of two ends in every way: all end, non-zero, soon, and nobody is left.

Soon is counted in seconds of a process that does nothing but wait: the wall clock on a machine that has time for all,
and on a busy one no more than a process gets.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kineograph.core.run import Run
from tests.runtime.test_worker import newest
from tests.runtime.tiny_run import CHOICES, CONF

BATCH = 8  # images of both ranks
SOON = 30.0  # seconds of a process that waits

pytestmark = pytest.mark.slow


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


@pytest.fixture
def start(tmp_path):
    """Trains in tmp_path/run; what it says goes to tmp_path/told. A test that fails leaves no process behind."""
    with contextlib.ExitStack() as stack:
        yield partial(launched, stack, tmp_path)
        for number in left(tmp_path / "run"):
            os.kill(number, signal.SIGKILL)


def launched(stack: contextlib.ExitStack, folder: Path, *overrides: str) -> subprocess.Popen:
    run_dir = folder / "run"
    words = [*CHOICES, "callbacks=[witness,preemption,checkpoint]", "trainer=ddp", f'run_dir="{run_dir}"', *overrides]
    command = [sys.executable, "-m", "kineograph.cli.main", "train", *words, "--config-dir", CONF, "--allow", "tests"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (folder / "told").open("w") as told:
        return stack.enter_context(
            subprocess.Popen(command, env=environment, stderr=told, stdout=subprocess.DEVNULL)  # waited for at the end
        )


def wait_until(condition: Callable[[], bool], process: subprocess.Popen) -> None:
    while not condition():
        assert process.poll() is None
        time.sleep(0.05)


def soon(condition: Callable[[], bool]) -> bool:
    begun = time.process_time()
    while not (met := condition()) and time.process_time() - begun < SOON:
        continue
    return met


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("kind", [signal.SIGKILL, 0])
def test_a_rank_that_ends_ends_all(tmp_path, start, rank, kind):
    dying = [f"callbacks.witness.signal_at={2 * BATCH}", f"callbacks.witness.signal={int(kind)}"]
    process = start(*dying, f"callbacks.witness.rank={rank}", "callbacks.checkpoint.every_images=8")
    wait_until((tmp_path / "run" / "signalled").exists, process)
    assert soon(lambda: process.poll() is not None)
    told = (tmp_path / "told").read_text()
    assert process.returncode == 1, told
    assert left(tmp_path / "run") == []
    (line,) = [line for line in told.splitlines() if line.startswith("kineograph: ")]
    assert (f"rank {rank} died (SIGKILL)" if kind else "the witness has seen enough") in line
    assert Run.open(tmp_path / "run").status()["state"] == "failed"


def test_a_launcher_that_is_killed_leaves_nobody_and_a_checkpoint(tmp_path, start):
    process = start("max_images=800000")
    csv = tmp_path / "run" / "metrics.csv"
    wait_until(lambda: csv.is_file() and csv.read_text().count("\n") > 3, process)
    process.kill()
    process.wait()
    assert soon(lambda: not left(tmp_path / "run"))
    run = Run.open(tmp_path / "run")
    assert run.status()["state"] == "preempted"
    assert newest(run)["images_seen"] >= BATCH
