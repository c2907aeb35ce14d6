"""Runs that are killed at any moment, asked to stop with all their processes, on a full disk: nothing is lost."""

import contextlib
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kineograph.cli.main import main
from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.worker import work
from tests.runtime.quickstarts import FAMILIES, FLAGS, words
from tests.runtime.test_worker import assert_same, newest
from tests.runtime.tiny_run import tiny_run

KILLS = 20
TOLD = 3  # exit code of a child whose error was a UserError


def started(arguments: list[str]) -> subprocess.Popen:
    """The command in a session of its own, so that its whole group can be signalled, as a scheduler does."""
    command = [sys.executable, "-m", "kineograph.cli.main", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def wait_for_rows(run_dir: Path, rows: int, process: subprocess.Popen) -> None:
    while not (run_dir / "metrics.csv").is_file() or (run_dir / "metrics.csv").read_text().count("\n") <= rows:
        assert process.poll() is None, process.stderr.read()  # type: ignore[union-attr]
        time.sleep(0.02)


@pytest.mark.slow
def test_twenty_kills_at_random_moments(tmp_path):
    """SIGKILL some checkpoints and up to 20 ms after each start, a checkpoint every other batch: many strike a save."""
    saving = ["max_images=1600", "callbacks.checkpoint.every_images=8", "callbacks=[checkpoint]"]
    run, chance, seen = tiny_run(tmp_path / "run", *saving), random.Random(0), [0]
    for _ in range(KILLS):
        child = multiprocessing.get_context("fork").Process(target=work, args=(run,))
        child.start()
        wanted = f"images-{seen[-1] + 8 * chance.randint(1, 6):012d}.ckpt"
        while max((path.name for path in run.checkpoints.glob("*.ckpt")), default="") < wanted:
            assert child.exitcode is None
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.02))
        child.kill()
        child.join()
        seen.append(newest(run)["images_seen"])
    assert seen == sorted(set(seen))
    assert seen[-1] < 1600
    assert work(run) == 0
    whole = tiny_run(tmp_path / "whole", *saving)
    assert work(whole) == 0
    assert_same(newest(whole), newest(run))
    assert (whole.path / "metrics.csv").read_text() == (run.path / "metrics.csv").read_text()
    assert not list(run.checkpoints.glob(".*.tmp")) or len(list(run.checkpoints.glob("images-*.ckpt"))) == 2


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR2])
def test_the_whole_group_is_asked_twice_and_the_loader_changes(tmp_path, family, number):
    """With 2 loader workers, all of which get the signal; resumed without any: as if it had never stopped."""
    saving = ["logger=[csv]", "callbacks=[preemption,checkpoint]", "max_images=160"]
    assert main(words(family, tmp_path / "whole", *saving)) == 0
    process = started(words(family, tmp_path / "run", *saving, "data.num_workers=2"))
    wait_for_rows(tmp_path / "run", 4, process)
    for _ in range(2):
        os.killpg(process.pid, number)
        time.sleep(0.05)
    asked = time.monotonic()
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 143, told
    assert time.monotonic() - asked < 30
    run = Run.open(tmp_path / "run")
    assert run.status()["state"] == "preempted"
    assert 16 <= newest(run)["images_seen"] < 160
    assert main(["train", f"resume={run.path}", "data.num_workers=0", *FLAGS]) == 0
    assert_same(newest(Run.open(tmp_path / "whole")), newest(run))
    assert (run.path / "metrics.csv").read_text() == (tmp_path / "whole" / "metrics.csv").read_text()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB; another device than TMPDIR."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True)
    assert mounted.returncode == 0, f"this test mounts a file system, so run it as root: {mounted.stderr.decode()}"
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("late", [False, True])
def test_a_full_disk_keeps_the_earlier_checkpoint(tmp_path, small_disk, monkeypatch, capfd, late):
    """Told in one line; goes on once there is room. ``late``: it fills up after the room was measured."""
    words = ["max_images=64", "callbacks.checkpoint.every_images=16", "logger=[]"]
    run = tiny_run(tmp_path / "run", *words)
    config = (run.path / "config.yaml").read_text()
    (run.path / "config.yaml").write_text(config.replace(f"{run.path}/checkpoints", f"{small_disk}/checkpoints"))
    child = multiprocessing.get_context("fork").Process(target=fill_up, args=(run, small_disk, late))
    child.start()
    child.join(120)
    assert child.exitcode == TOLD
    told = run.status()["error"]
    assert "the earlier checkpoints are untouched" in told
    assert ("MB are free" in told) != late
    kept = sorted((small_disk / "checkpoints").iterdir())
    assert [path.name for path in kept] == ["images-000000000016.ckpt", "images-000000000016.ckpt.sha256"]
    (small_disk / "ballast").unlink()
    assert work(run) == 0
    whole = tiny_run(tmp_path / "whole", *words)
    assert work(whole) == 0
    state = newest(whole)
    run.checkpoints.symlink_to(small_disk / "checkpoints")
    assert_same(state, newest(run))


def fill_up(run: Run, disk: Path, late: bool) -> None:
    """Trains, and leaves no room for a second checkpoint."""
    from kineograph.runtime import checkpoint_store as module

    save = module.CheckpointStore.save

    def filling(self, state, images_seen):
        if images_seen == 32:
            with (disk / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(4096))
        return save(self, state, images_seen)

    module.CheckpointStore.save = filling
    if late:
        module.SLACK = -(10**9)
    try:
        os._exit(work(run))
    except UserError:
        os._exit(TOLD)  # anything else ends with 1
