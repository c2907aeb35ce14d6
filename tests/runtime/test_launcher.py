"""How ranks end together; that they read the composed file and train is shown in test_quickstarts."""

import signal

import pytest
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime import launcher
from kineograph.runtime.launcher import first_failure, launch
from tests.runtime.test_worker import newest
from tests.runtime.tiny_run import tiny_run

KILLED, ENDED, FAILED = -signal.SIGKILL, -signal.SIGTERM, 1


@pytest.mark.parametrize(
    ("codes", "seconds", "first"),
    [
        ((FAILED, ENDED), (7, 7), 0),  # torchrun ends the others and lists them
        ((FAILED, KILLED), (7, 37), 0),  # one of them did not end in time
        ((FAILED, KILLED), (7, 7), 1),  # a rank that lost another one fails, too
        ((KILLED, FAILED, ENDED), (7, 7, 8), 0),
        ((FAILED, FAILED), (8, 7), 1),
    ],
)
def test_the_rank_that_took_the_others_with_it(codes, seconds, first):
    failures = {rank: ProcessFailure(rank, 1, code, "none") for rank, code in enumerate(codes)}
    for failure, second in zip(failures.values(), seconds, strict=True):
        failure.timestamp = second
    assert first_failure(ChildFailedError("worker", failures))[0] == first


@pytest.mark.parametrize(
    ("told", "code", "left"), [("finished", 0, "finished"), ("preempted", 143, "preempted"), ("running", 143, "failed")]
)
def test_what_the_ranks_told_before_a_signal_stands(tmp_path, monkeypatch, told, code, left):
    run = Run.claim_at(tmp_path / "run")

    earlier = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR2)]

    def end(*_):
        signal.signal(signal.SIGTERM, lambda *_: None)  # as torchrun does
        run.update_status(state=told)
        raise SignalException("", signal.SIGTERM)

    monkeypatch.setattr(launcher, "elastic_launch", lambda *_: end)
    assert launch(run, 2) == code
    assert run.status()["state"] == left
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR2)] == earlier


@pytest.mark.slow
def test_a_dead_rank_ends_all(tmp_path):
    run = tiny_run(tmp_path / "run", "trainer=ddp", "animator.die_at=16")
    with pytest.raises(UserError, match=r"rank 1 died \(SIGKILL\)"):
        launch(run, 2)
    assert run.status()["state"] == "failed"


@pytest.mark.slow
def test_both_ranks_stop_after_the_same_batch(tmp_path):
    run = tiny_run(tmp_path / "run", "trainer=ddp", "animator.signal_at=16")
    assert launch(run, 2) == 143
    assert newest(run)["images_seen"] == 32
