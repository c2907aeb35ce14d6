import multiprocessing
import os
import signal

import pytest
import torch

from kineograph.cli.resume import reopen
from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.checkpoint_store import CheckpointStore
from kineograph.runtime.worker import main, one_line, work
from tests.runtime.stopping import Stopping
from tests.runtime.tiny_part import TinyData
from tests.runtime.tiny_run import tiny_run


def newest(run: Run) -> dict:
    state = CheckpointStore(folder=str(run.checkpoints), keep=2).latest()
    assert state is not None
    return state


def assert_same(left: object, right: object) -> None:
    if isinstance(left, torch.Tensor):
        assert torch.equal(left, right)
    elif isinstance(left, dict):
        assert left.keys() == right.keys()
        for key in left:
            if key != "train_seconds":
                assert_same(left[key], right[key])
    elif isinstance(left, list | tuple):
        for one, other in zip(left, right, strict=True):
            assert_same(one, other)
    else:
        assert left == right


def test_stopped_and_resumed_is_never_stopped(tmp_path):
    whole = tiny_run(tmp_path / "whole")
    assert work(whole) == 0
    cut = tiny_run(tmp_path / "cut", "animator.signal_at=24")
    assert work(cut) == 143
    assert cut.status()["state"] == "preempted"
    assert newest(cut)["images_seen"] == 32  # the signal came inside an accumulation: the next update is finished
    assert work(cut) == 0
    assert cut.status()["state"] == "finished"
    assert_same(newest(whole), newest(cut))
    assert (whole.path / "metrics.csv").read_text() == (cut.path / "metrics.csv").read_text()
    assert cut.status()["train_seconds"] > 0


EVALUATING = [
    "callbacks=[evaluation,preemption,checkpoint]",
    *("callbacks.evaluation.every_images=16", "callbacks.evaluation.num_clips=6", "callbacks.evaluation.batch_size=2"),
    "metrics=[stopping]",
]


@pytest.mark.parametrize("signals", [[15], [15, 9]])
def test_stopped_during_an_evaluation_is_never_stopped(tmp_path, signals):
    """Asked to stop in the evaluation at 32 images, and, the second time, killed before it ends."""
    whole = tiny_run(tmp_path / "whole", *EVALUATING, "metrics.stopping.signals=[]")
    assert work(whole) == 0
    cut = tiny_run(tmp_path / "cut", *EVALUATING, f"metrics.stopping.signals={signals}")
    child = multiprocessing.get_context("fork").Process(target=lambda: os._exit(work(cut)))
    child.start()
    child.join()
    assert child.exitcode == (143 if len(signals) == 1 else -9)
    assert newest(cut)["images_seen"] == 32
    assert newest(cut)["acted"] == {"Evaluation": 32 if len(signals) == 1 else 16}
    assert work(cut) == 0
    assert_same(newest(whole), newest(cut))
    assert (whole.path / "metrics.csv").read_text() == (cut.path / "metrics.csv").read_text()
    assert [path.name for path in sorted((cut.path / "evaluations").iterdir())] == [
        path.name for path in sorted((whole.path / "evaluations").iterdir())
    ]


LAST = ["callbacks.evaluation.every_images=48", "callbacks.checkpoint.every_images=64"]


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (["animator.signal_at=60", "metrics.stopping.signals=[]"], 143),  # in the last batch
        (["metrics.stopping.signals=[9]"], -9),  # in the last evaluation
        (["metrics.stopping.signals=[15,9]"], -9),
    ],
)
def test_the_last_evaluation_is_made_by_the_resumed_run(tmp_path, stop, code):
    whole = tiny_run(tmp_path / "whole", *EVALUATING, *LAST, "metrics.stopping.signals=[]")
    assert work(whole) == 0
    cut = tiny_run(tmp_path / "cut", *EVALUATING, *LAST, *stop)
    child = multiprocessing.get_context("fork").Process(target=lambda: os._exit(work(cut)))
    child.start()
    child.join()
    assert child.exitcode == code
    assert newest(cut)["images_seen"] == 64
    assert not (cut.path / "evaluations" / "periodic-000000000064.json").exists()
    for _ in range(2):  # the second time nothing is left to do
        assert work(cut) == 0
        assert cut.status()["state"] == "finished"
        assert (cut.path / "evaluations" / "periodic-000000000064.json").exists()
        assert_same(newest(whole), newest(cut))
        assert (whole.path / "metrics.csv").read_text() == (cut.path / "metrics.csv").read_text()


def test_a_checkpoint_of_the_untrained(tmp_path):
    run = tiny_run(tmp_path / "run", *EVALUATING, "max_images=0")
    assert work(run) == 0
    assert newest(run)["images_seen"] == 0
    assert not (run.path / "evaluations").exists()


def once(monkeypatch, owner: type, name: str, *signals: int) -> None:
    """The next call of the method sends them to this process first."""
    method, left = getattr(owner, name), list(signals)

    def sending(*given, **named):
        while left:
            os.kill(os.getpid(), left.pop(0))
        return method(*given, **named)

    monkeypatch.setattr(owner, name, sending)


def test_a_stop_while_training_begins(tmp_path, monkeypatch):
    """Lightning listens by then, and preemption does not yet."""
    run = tiny_run(tmp_path / "run", "max_images=16")
    once(monkeypatch, TinyData, "train_dataloader", signal.SIGTERM)
    assert work(run) == 143
    assert run.status()["state"] == "preempted"
    assert work(run) == 0
    assert newest(run)["images_seen"] == 16


@pytest.fixture
def interruptible():
    """Ctrl-C is an exception, as in a terminal; a shell's background jobs, and the tests with them, ignore it."""
    earlier = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, earlier)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_that_ends_at_once(tmp_path, monkeypatch):
    """While parts are built, while training begins, or asked for twice."""
    run = tiny_run(tmp_path / "run", "max_images=16")
    once(monkeypatch, TinyData, "__init__", signal.SIGINT)
    assert work(run) == 130
    once(monkeypatch, TinyData, "train_dataloader", signal.SIGINT)
    assert work(run) == 130
    once(monkeypatch, TinyData, "on_after_batch_transfer", signal.SIGINT, signal.SIGINT)
    assert work(run) == 130
    assert run.status()["state"] == "preempted"
    assert run.status().get("error") is None
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert work(run) == 0


def test_a_stop_in_an_evaluation_that_a_resumed_run_takes_up(tmp_path, monkeypatch):
    """The evaluation is brought to its end, as is the next update."""
    run = tiny_run(tmp_path / "run", *EVALUATING, "metrics.stopping.signals=[15,9]")
    child = multiprocessing.get_context("fork").Process(target=lambda: os._exit(work(run)))
    child.start()
    child.join()
    once(monkeypatch, Stopping, "update", signal.SIGTERM)
    assert work(run) == 143
    assert newest(run)["images_seen"] == 40
    assert newest(run)["acted"] == {"Evaluation": 32}


def test_a_failed_step_keeps_the_last_checkpoint(tmp_path):
    run = tiny_run(tmp_path / "run", "animator.fail_at=40", "callbacks.checkpoint.every_images=16")
    with pytest.raises(UserError, match="l1 is not finite"):
        work(run)
    assert run.status()["state"] == "failed"
    assert "l1" in run.status()["error"]
    assert newest(run)["images_seen"] == 32


def test_going_on_further(tmp_path):
    run = tiny_run(tmp_path / "run", "max_images=16")
    assert work(run) == 0
    reopen(str(run.path), ["max_images=32"], [])
    assert work(run) == 0
    assert newest(run)["images_seen"] == 32
    whole = tiny_run(tmp_path / "whole", "max_images=32")
    work(whole)
    assert_same(newest(whole), newest(run))


def test_going_on_from_within_an_accumulation(tmp_path):
    """The end cut it short, and a checkpoint holds no gradients: it begins anew, and that is told."""
    run = tiny_run(tmp_path / "run", "max_images=20")
    assert work(run) == 0
    short = newest(run)
    reopen(str(run.path), ["max_images=24"], [])
    with pytest.warns(UserWarning, match="is 1 of 2 batches into an accumulation .* begins anew"):
        assert work(run) == 0
    assert_same(short["optimizers"], newest(run)["optimizers"])  # no update of half the gradients
    reopen(str(run.path), ["max_images=32"], [])
    with pytest.warns(UserWarning, match="begins anew"):
        assert work(run) == 0
    assert int(newest(run)["optimizers"][0]["state"][0]["step"]) == int(short["optimizers"][0]["state"][0]["step"]) + 1


def test_checkpoint_of_another_architecture(tmp_path):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    state = newest(run)
    state["animator"]["network.weight"] = torch.zeros(1)
    CheckpointStore(folder=str(run.checkpoints), keep=2).save(state, 9)
    with pytest.raises(UserError, match="does not fit the run's own configuration"):
        work(run)
    state["world_size"] = 2
    CheckpointStore(folder=str(run.checkpoints), keep=2).save(state, 10)
    with pytest.raises(UserError, match="resume with the same number"):
        work(run)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there(tmp_path):
    run = tiny_run(tmp_path / "run", "trainer=gpu")
    with pytest.raises(UserError, match="^trainer: .*found; kineograph doctor says what is here$"):
        work(run)
    assert run.status()["state"] == "failed" and "doctor" in run.status()["error"]


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("trainer.precision=fp16", "^trainer: Precision 'fp16' is invalid"),
        ("trainer.accelerator=foo", "^trainer: You selected an invalid accelerator name"),
        ("+trainer.strategy=foo", "^trainer: You selected an invalid strategy name"),
        ("trainer.log_every_n_steps=0", "^trainer.log_every_n_steps=0: 1 is the least$"),
        ("callbacks.checkpoint.every_images=0", "^callbacks.checkpoint.every_images=0: 1 is the least$"),
    ],
)
def test_values_that_nothing_can_be_trained_with(tmp_path, override, line):
    with pytest.raises(UserError, match=line):
        work(tiny_run(tmp_path / "run", override))


def test_a_gpu_left_idle_is_told(tmp_path, capsys, monkeypatch):
    run = tiny_run(tmp_path / "run")
    monkeypatch.setattr("kineograph.runtime.worker._fit", lambda *_: None)
    for there, rank, lines in ((False, "0", 0), (True, "1", 0), (True, "0", 1)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        monkeypatch.setenv("RANK", rank)
        assert work(run) == 0
        assert capsys.readouterr().err.count("a GPU that trainer=cpu leaves idle; trainer=gpu uses it") == lines


def test_main_answers_in_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err == f"kineograph: there is no run folder '{tmp_path}/none'\n"
    run = tiny_run(tmp_path / "run", "max_images=16", "animator.signal_at=0")
    assert main([str(run.path), "--allow=tests"]) == 0  # stopped on request: the launcher reads status.json
    assert run.status()["state"] == "preempted"


def test_one_line():
    wrapped = "Caught UserError in DataLoader worker process 0.\nOriginal Traceback:\n  File x\nUserError: no film"
    assert one_line(UserError(wrapped)) == "no film"
    assert one_line(RuntimeError("a\nb")) == "RuntimeError: a"
    assert one_line(KeyboardInterrupt()) == "KeyboardInterrupt"
