"""Training beside W&B servers that are bad in every way: the result, one warning, a bounded wait, and the data kept."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kineograph.core.run import Run
from tests.runtime.board_server import BoardServer
from tests.runtime.test_wandb_log import history
from tests.runtime.test_worker import assert_same, newest
from tests.runtime.tiny_run import CHOICES, CONF

WAIT = {"logger.wandb.init_timeout": 4, "logger.wandb.finish_timeout": 6}
BOUND = 45.0  # seconds beyond a run without W&B: twice each wait, and the start of the service on a busy machine


def train(folder: Path, url: str | None, *overrides: str) -> tuple[float, str, int]:
    """Seconds, standard error and exit code of a run in a process of its own."""
    words = [*CHOICES, f'run_dir="{folder}"', "max_images=96", *overrides]
    if url is not None:
        words += ["logger=[csv,wandb]", *(f"{key}={value}" for key, value in WAIT.items())]
    environment = {key: value for key, value in os.environ.items() if key not in ("WANDB_MODE", "WANDB_SILENT")}
    environment |= {"OMP_NUM_THREADS": "1", "WANDB_BASE_URL": url or "", "WANDB_API_KEY": "0" * 40}
    command = [sys.executable, "-m", "kineograph.cli.main", "train", *words, "--config-dir", CONF, "--allow", "tests"]
    begun = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    return time.monotonic() - begun, done.stderr, done.returncode


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, float]:
    """The run without W&B."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    seconds, error, code = train(folder, None)
    assert code == 0, error
    return Run.open(folder), seconds


def steps(folder: Path) -> list[int]:
    return [row["images_seen"] for row in history(folder)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["closed", "failing", "refusing", "silent", "dying"])
def test_a_bad_server_changes_nothing(alone, tmp_path, kind):
    run, seconds = alone
    with BoardServer(kind) as server:
        if kind == "closed":
            server.die()
        took, error, code = train(tmp_path / "run", server.url)
    assert code == 0, error
    assert_same(newest(run) | {"loggers": {}}, newest(Run.open(tmp_path / "run")) | {"loggers": {}})
    assert (tmp_path / "run" / "metrics.csv").read_text() == (run.path / "metrics.csv").read_text()
    assert took < seconds + BOUND
    told = [line for line in error.splitlines() if "W&B" in line]
    assert len(told) == 1, error
    assert "Traceback" not in error
    assert steps(tmp_path / "run") == list(range(4, 100, 4))
    assert len({path.name.rpartition("-")[2] for path in (tmp_path / "run" / "wandb").glob("*run-*")}) == 1


@pytest.mark.slow
def test_a_good_server_gets_every_step_under_one_id(tmp_path):
    """Stopped half-way and resumed: the rows that the server has are those of a run that never stopped."""
    with BoardServer("well") as server:
        _, error, code = train(tmp_path / "run", server.url, "animator.signal_at=40")
        assert code == 143, error
        first = (tmp_path / "run" / "wandb_id").read_text()
        words = [sys.executable, "-m", "kineograph.cli.main", "train", f"resume={tmp_path}/run", "--allow", "tests"]
        environment = {key: value for key, value in os.environ.items() if key not in ("WANDB_MODE", "WANDB_SILENT")}
        environment |= {"OMP_NUM_THREADS": "1", "WANDB_BASE_URL": server.url, "WANDB_API_KEY": "0" * 40}
        assert subprocess.run(words, env=environment, capture_output=True, check=False).returncode == 0
        assert (tmp_path / "run" / "wandb_id").read_text() == first
        assert {path.name.rpartition("-")[2] for path in (tmp_path / "run" / "wandb").glob("run-*")} == {first}
        assert [row["images_seen"] for row in server.streamed] == list(range(4, 100, 4))


@pytest.mark.slow
def test_offline_killed_and_resumed_is_one_run(tmp_path):
    """`wandb sync --include-offline` would send both parts to the same id."""
    quiet = ["logger.wandb.mode=offline", "callbacks.checkpoint.every_images=16"]
    _, error, code = train(tmp_path / "run", "http://127.0.0.1:9", *quiet, "animator.die_at=40")
    assert code == -9, error
    identity = (tmp_path / "run" / "wandb_id").read_text()
    words = ["train", f"resume={tmp_path}/run", "animator.die_at=-1", "--allow", "tests"]
    done = subprocess.run([sys.executable, "-m", "kineograph.cli.main", *words], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    parts = sorted((tmp_path / "run" / "wandb").glob("offline-run-*"))
    assert len(parts) == 2
    assert {path.name.rpartition("-")[2] for path in parts} == {identity}
    listed = subprocess.run(
        [sys.executable, "-m", "wandb", "sync", "--show", "5", "--include-offline"],
        cwd=tmp_path / "run",
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.stdout.count(identity) + listed.stderr.count(identity) == 2, listed.stdout + listed.stderr
