import json
import math
import multiprocessing
import os
import signal

import pytest
from torchmetrics import MeanMetric

from kineograph.callbacks.best import Best
from kineograph.callbacks.evaluation import Evaluation
from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.checkpoint_store import CheckpointStore
from kineograph.runtime.worker import work
from tests.callbacks.stand_in import StandIn, animator
from tests.callbacks.test_checkpointing import made
from tests.runtime.tiny_run import tiny_run

SCORES = [math.nan, 3.0, 5.0, math.nan, 2.0, math.inf, 2.5]


def evaluation(folder) -> Evaluation:
    return Evaluation(
        every_images=8, num_clips=2, batch_size=2, seed=0, run_dir=str(folder), metrics={"fid": MeanMetric()}
    )


def best(folder, metric="fid", smaller=True) -> Best:
    store = CheckpointStore(folder=str(folder / "best" / "checkpoints"), keep=2)
    return Best(run_dir=str(folder), store=store, metric=metric, smaller_is_better=smaller)


@pytest.fixture
def run(tmp_path) -> Run:
    claimed = Run.claim_at(tmp_path / "run")
    claimed.describe({"run_dir": str(claimed.path), "seed": 0}, [], {}, [])
    return claimed


@pytest.mark.parametrize(("smaller", "winners"), [(True, [8, 16, 16, 16, 40, 40, 40]), (False, [8, 16, 24] + [24] * 4)])
def test_the_best_score_wins_and_nan_never(run, smaller, winners):
    measuring, keeping = evaluation(run.path), best(run.path, smaller=smaller)
    checkpointing, tiny = made(run.path), animator()
    trainer = StandIn(measuring, keeping, checkpointing)
    keeping.on_train_start(trainer, tiny)
    kept = []
    for number, score in enumerate(SCORES, 1):
        tiny.images_seen = 8 * number
        keeping.judge(trainer, tiny, {"fid": score})
        state = keeping.store.latest()
        kept.append(8 if state is None else state["images_seen"])
    assert kept == winners
    assert Run.open(run.path / "best").config()["run_dir"] == str(run.path / "best")

    resumed = best(run.path, smaller=smaller)  # the score to beat is on disk
    tiny.images_seen = 64
    resumed.judge(trainer, tiny, {"fid": 4.0})
    assert resumed.store.latest()["images_seen"] == winners[-1]


def test_a_metric_that_is_not_measured(run):
    trainer = StandIn(evaluation(run.path), made(run.path))
    with pytest.raises(UserError, match=r"'fidd' is not measured. Did you mean 'fid'"):
        best(run.path, metric="fidd").on_train_start(trainer, animator())
    with pytest.raises(UserError, match="needs evaluation and checkpoint"):
        best(run.path).on_train_start(StandIn(), animator())


class Shares(MeanMetric):
    higher_is_better = True


def test_parts_of_a_metric_are_names_too_and_the_direction_is_the_metrics(run):
    measuring = evaluation(run.path)
    measuring.metrics = {"prdc": Shares(), "prdc_other": MeanMetric()}
    trainer, tiny = StandIn(measuring, made(run.path)), animator()
    keeping = best(run.path, "prdc_recall", smaller=False)
    keeping.on_train_start(trainer, tiny)
    keeping.judge(trainer, tiny, {"prdc_precision": 0.1, "prdc_recall": 0.7})
    assert json.loads((run.path / "best" / "status.json").read_text())["score"] == 0.7
    with pytest.raises(UserError, match="keeps the smallest 'prdc_recall', of which more is better: .*_better=false$"):
        best(run.path, "prdc_recall").on_train_start(trainer, tiny)
    for smaller in (True, False):  # the nearest metric's direction, which is not told
        best(run.path, "prdc_other_part", smaller).on_train_start(trainer, tiny)
    whole = best(run.path, "prdc", smaller=False)
    whole.on_train_start(trainer, tiny)
    with pytest.raises(UserError, match="'prdc' is none of the scores: prdc_precision, prdc_recall$"):
        whole.judge(trainer, tiny, {"prdc_precision": 0.1, "prdc_recall": 0.7, "prdc_recall_low": 0.6})
    with pytest.raises(UserError, match="'prd' is not measured"):
        best(run.path, "prd").on_train_start(trainer, tiny)


EVALUATED = [
    *("callbacks=[evaluation,preemption,checkpoint,best]", "metrics=[stopping]", "max_images=48"),
    *("callbacks.best.metric=stopping", "callbacks.best.smaller_is_better=false"),
    *("callbacks.evaluation.every_images=16", "callbacks.checkpoint.every_images=16"),
]


@pytest.mark.parametrize("place", ["evaluation", "save"])
def test_the_best_survives_a_kill(tmp_path, monkeypatch, place):
    """In the best evaluation, after a stop has saved what is trained, or as the best is being kept."""
    run, save = tiny_run(tmp_path / "run", *EVALUATED), CheckpointStore.save

    def die(here: str, *signals: int) -> None:
        if here == place and not (tmp_path / "died").exists():
            (tmp_path / "died").touch()
            for number in signals:
                os.kill(os.getpid(), number)

    def evaluate(tiny, *_):
        if tiny.images_seen == 32:
            die("evaluation", signal.SIGTERM, signal.SIGKILL)
        return {"stopping": {16: 1.0, 32: 9.0, 48: 2.0}[tiny.images_seen]}

    def saving(store, state, images_seen):
        if store.folder.parent.name == "best" and images_seen >= 32:
            die("save", signal.SIGKILL)
        return save(store, state, images_seen)

    monkeypatch.setattr("kineograph.callbacks.evaluation.evaluate", evaluate)
    monkeypatch.setattr(CheckpointStore, "save", saving)
    for code in (-signal.SIGKILL, 0):
        child = multiprocessing.get_context("fork").Process(target=lambda: os._exit(work(run)))
        child.start()
        child.join()
        assert child.exitcode == code
    kept = CheckpointStore(folder=str(run.path / "best" / "checkpoints"), keep=2).latest()
    assert json.loads((run.path / "best" / "status.json").read_text())["score"] == 9.0
    assert kept is not None and kept["images_seen"] == 32
