"""Forty runs that are started at once, through the command line's own entry, on folders named to the second."""

import multiprocessing
import os
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from kineograph.cli.main import main
from kineograph.core.run import Run
from tests.runtime.tiny_run import CHOICES, CONF

RUNS = 40
WORDS = [*CHOICES, "logger=[csv]", "callbacks=[checkpoint]", "--config-dir", CONF, "--allow", "tests"]


@pytest.mark.slow
def test_forty_runs_in_one_second_are_forty_folders(tmp_path, monkeypatch):
    """Forked, so that nobody waits for imports: composed, claimed, described and trained like any other."""
    monkeypatch.setattr("kineograph.core.run.time.strftime", lambda _: "2026-11-21_12-00-00")  # however long it takes
    context = multiprocessing.get_context("fork")
    start = context.Event()
    runs = [context.Process(target=train, args=(start, tmp_path, seed)) for seed in range(RUNS)]
    for run in runs:
        run.start()
    start.set()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0] * RUNS
    folders = sorted((tmp_path / "runs").iterdir())
    assert len(folders) == RUNS
    assert {folder.name.rpartition("_")[0] for folder in folders} == {"2026-11-21_12-00-00_tiny_part"}
    made = [Run.open(folder) for folder in folders]
    assert sorted(run.config()["seed"] for run in made) == list(range(RUNS))
    for run in made:
        assert run.config()["run_dir"] == str(run.path)
        assert (run.status()["state"], run.status()["images_seen"]) == ("finished", 8)
        assert [path.suffix for path in sorted(run.checkpoints.iterdir())] == [".ckpt", ".sha256"]


def train(start: Event, folder: Path, seed: int) -> None:
    start.wait()
    os._exit(main(["train", *WORDS, f"runs={folder}/runs", "max_images=8", f"seed={seed}"]))
