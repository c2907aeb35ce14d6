"""Both quickstarts, shrunk: stopped and resumed is never stopped, and two ranks are one with the doubled batch."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from kineograph.cli.main import main
from kineograph.core.run import Run
from tests.networks.pretrained.made_inception import made_inception
from tests.runtime.quickstarts import FAMILIES, FLAGS, words
from tests.runtime.test_wandb_log import history
from tests.runtime.test_worker import assert_same, newest

CALLBACKS = "callbacks=[witness,preemption,checkpoint]"
SAVING = ["logger=[csv]", CALLBACKS, "callbacks.checkpoint.every_images=8"]
MEASURED = ["eval/fid", "eval/fd_efflite0", "eval/warping_error", "eval/flicker"]


def command(arguments: list[str]) -> int:
    """As a user calls it: a process of its own."""
    process = [sys.executable, "-m", "kineograph.cli.main", *arguments]
    return subprocess.run(
        process, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize("family", FAMILIES)
def test_stopped_in_mid_epoch_and_resumed_is_never_stopped(family, tmp_path):
    """SIGTERM while the codec learns, SIGKILL later, between two checkpoints."""
    assert main(words(family, tmp_path / "whole", *SAVING)) == 0
    whole = newest(Run.open(tmp_path / "whole"))
    assert whole["images_seen"] == 32
    for number, at, code, kept in ((signal.SIGTERM, 4, 143, 4), (signal.SIGKILL, 20, -signal.SIGKILL, 16)):
        run_dir = tmp_path / number.name
        stop = [f"callbacks.witness.signal_at={at}", f"callbacks.witness.signal={number.value}"]
        assert command(words(family, run_dir, *SAVING, *stop)) == code
        run = Run.open(run_dir)
        assert newest(run)["images_seen"] == kept
        assert main(["train", f"resume={run_dir}", *FLAGS]) == 0
        assert run.status()["state"] == "finished"
        assert_same(whole, newest(run))
        assert (run_dir / "metrics.csv").read_text() == (tmp_path / "whole" / "metrics.csv").read_text()


@pytest.fixture(scope="module")
def inception(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_inception(tmp_path_factory.mktemp("inception") / "made.pth")


@pytest.mark.parametrize("family", FAMILIES)
def test_two_ranks_log_the_numbers_of_one(family, tmp_path, inception, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_INCEPTION", str(inception))
    measuring = [
        "metrics=[fid,fd_efflite0,warping_error,flicker]",
        "metrics.fid.extractor.expected_sha256=null",
        *("metrics.fid.extractor.num_frames=2", "metrics.fd_efflite0.extractor.num_frames=2"),
        *("callbacks=[evaluation,witness]", "callbacks.evaluation.every_images=8"),
        *("callbacks.evaluation.num_clips=4", "callbacks.evaluation.batch_size=2"),
        *("logger=[csv,wandb]", "logger.wandb.mode=offline", "max_images=16"),
    ]
    assert main(words(family, tmp_path / "one", *measuring)) == 0
    two = words(family, tmp_path / "two", *measuring, "trainer=ddp", "data.batch_size=2", "trainer.log_every_n_steps=1")
    assert main(two) == 0
    run = Run.open(tmp_path / "two")
    assert run.status()["state"] == "finished"
    steps = [line.split(",")[0] for line in (run.path / "metrics.csv").read_text().splitlines()[1:]]
    assert sorted(set(steps), key=int) == ["4", "8", "12", "16"]

    rows = {name: [row for row in history(tmp_path / name) if "eval/fid" in row] for name in ("one", "two")}
    assert [row["images_seen"] for row in rows["two"]] == [8, 16]
    for alone, together in zip(rows["one"], rows["two"], strict=True):
        assert alone["images_seen"] == together["images_seen"]
        for name in MEASURED:
            assert together[name] == pytest.approx(alone[name], rel=1e-3), name
        assert together["eval/fid"] > 0 and together["eval/fd_efflite0"] > 0

    first, second = (torch.load(tmp_path / "two" / f"rank-{rank}.pt", weights_only=True) for rank in (0, 1))
    alone = torch.load(tmp_path / "one" / "rank-0.pt", weights_only=True)
    assert first.keys() == second.keys() == alone.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name
        torch.testing.assert_close(
            value, alone[name], rtol=1e-3, atol=1e-4, msg=lambda text, name=name: f"{name}: {text}"
        )
