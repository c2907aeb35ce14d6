"""Training beside W&B servers that are bad in every way: the result, one warning, a bounded wait, and the data kept."""

import multiprocessing
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from kineograph.core.run import Run
from kineograph.runtime.worker import work
from tests.runtime.board_server import BoardServer
from tests.runtime.test_wandb_log import history
from tests.runtime.test_worker import assert_same, newest
from tests.runtime.tiny_run import tiny_run

WAIT = {"logger.wandb.init_timeout": 4, "logger.wandb.finish_timeout": 6}
BOUND = 60.0  # seconds beyond twice a run without W&B: twice each wait, and the start and the end of the service


def prepared(folder: Path, *overrides: str) -> Run:
    waits = [f"{key}={value}" for key, value in WAIT.items()]
    return tiny_run(folder, "max_images=96", "logger=[csv,wandb]", *waits, *overrides)


def train(run: Run, url: str) -> tuple[float, str, int]:
    """Seconds, standard error and exit code of a run in a process of its own."""
    told = run.path.with_suffix(".stderr")
    begun = time.monotonic()
    child = multiprocessing.get_context("fork").Process(target=alone_in_a_process, args=(run, url, told))
    child.start()
    child.join(600)
    assert child.exitcode is not None, told.read_text()
    return time.monotonic() - begun, told.read_text(), child.exitcode


def alone_in_a_process(run: Run, url: str, told: Path) -> None:
    with told.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    warnings.resetwarnings()  # pytest's would raise them, and keep them to itself
    warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
    for name in ("WANDB_MODE", "WANDB_SILENT"):
        os.environ.pop(name, None)
    os.environ |= {"WANDB_BASE_URL": url, "WANDB_API_KEY": "0" * 40}
    sys.exit(work(run))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, float]:
    """The run without W&B. What it costs to import W&B is not what is measured."""
    import wandb  # noqa: F401

    run = tiny_run(tmp_path_factory.mktemp("plain") / "run", "max_images=96")
    seconds, error, code = train(run, "")
    assert code == 0, error
    return run, seconds


def steps(folder: Path) -> list[int]:
    return [row["images_seen"] for row in history(folder)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["closed", "failing", "refusing", "silent", "dying"])
def test_a_bad_server_changes_nothing(plain, tmp_path, kind):
    run, seconds = plain
    beside = prepared(tmp_path / "run")
    with BoardServer(kind) as server:
        if kind == "closed":
            server.die()
        took, error, code = train(beside, server.url)
    assert code == 0, error
    assert_same(newest(run) | {"loggers": {}}, newest(beside) | {"loggers": {}})
    assert (beside.path / "metrics.csv").read_text() == (run.path / "metrics.csv").read_text()
    assert took < 2 * seconds + BOUND
    told = [line for line in error.splitlines() if "W&B" in line]
    assert len(told) == (kind != "dying"), error  # of a server that dies later W&B tells itself
    assert "wandb sync" in error
    assert "Traceback" not in error
    assert steps(tmp_path / "run") == list(range(4, 100, 4))
    assert len({path.name.rpartition("-")[2] for path in (tmp_path / "run" / "wandb").glob("*run-*")}) == 1


@pytest.mark.slow
def test_a_good_server_gets_every_step_under_one_id(tmp_path):
    """Stopped half-way and resumed: the rows that the server has are those of a run that never stopped."""
    run = prepared(tmp_path / "run", "animator.signal_at=40")
    with BoardServer("well") as server:
        _, error, code = train(run, server.url)
        assert code == 143, error
        first = (tmp_path / "run" / "wandb_id").read_text()
        _, error, code = train(run, server.url)
        assert code == 0, error
        assert (tmp_path / "run" / "wandb_id").read_text() == first
        assert {path.name.rpartition("-")[2] for path in (tmp_path / "run" / "wandb").glob("run-*")} == {first}
        assert [row["images_seen"] for row in server.streamed] == list(range(4, 100, 4))


@pytest.mark.slow
def test_offline_killed_and_resumed_is_one_run(tmp_path):
    """`wandb sync` lists both parts under one id, and sends them to one run, where the second follows the first."""
    run = prepared(
        tmp_path / "run",
        *("logger.wandb.mode=offline", "callbacks=[witness,preemption,checkpoint]"),
        *("callbacks.checkpoint.every_images=16", "callbacks.witness.signal_at=40", "callbacks.witness.signal=9"),
    )
    _, error, code = train(run, "http://127.0.0.1:9")
    assert code == -9, error
    identity = (tmp_path / "run" / "wandb_id").read_text()
    _, error, code = train(run, "http://127.0.0.1:9")
    assert code == 0, error
    found = steps(run.path)
    assert len(found) == len(set(found))  # W&B loses what it had not written yet, but nothing comes twice
    assert set(found) >= set(range(44, 100, 4))
    rows = (run.path / "metrics.csv").read_text().splitlines()[1:]
    assert [int(row.split(",")[0]) for row in rows] == list(range(4, 100, 4))
    parts = sorted((tmp_path / "run" / "wandb").glob("offline-run-*"))
    assert len(parts) == 2
    listed = sync("http://127.0.0.1:9", "--dry-run", *parts)
    assert [line.rpartition("-")[2] for line in listed.splitlines() if ".wandb" in line] == [f"{identity}.wandb"] * 2
    with BoardServer("well") as server:
        for part in parts:  # together they are sent at once, and the later may take the lines of the earlier
            sync(server.url, part)
    assert server.names == {identity}
    assert [row["images_seen"] for row in server.streamed] == found
    assert [row["_step"] for row in server.streamed] == sorted({row["_step"] for row in server.streamed})


def sync(url: str, *words: str | Path) -> str:
    """What ``wandb sync`` says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    environment = kept | {"WANDB_BASE_URL": url, "WANDB_API_KEY": "0" * 40}
    command = [sys.executable, "-m", "wandb", "sync", *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
