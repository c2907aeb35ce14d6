import math

import pytest
from torchmetrics import MeanMetric

from kineograph.callbacks.best import Best
from kineograph.callbacks.evaluation import Evaluation
from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.checkpoint_store import CheckpointStore
from tests.callbacks.stand_in import StandIn, animator
from tests.callbacks.test_checkpointing import made

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
    trainer = StandIn(measuring, checkpointing, keeping)
    keeping.on_train_start(trainer, tiny)
    kept = []
    for number, score in enumerate(SCORES, 1):
        tiny.images_seen = measuring.last = 8 * number
        measuring.scores = {"fid": score}
        keeping.on_train_batch_end(trainer, tiny, None, None, 0)
        state = keeping.store.latest()
        kept.append(8 if state is None else state["images_seen"])
    assert kept == winners
    assert Run.open(run.path / "best").config()["run_dir"] == str(run.path / "best")

    resumed = best(run.path, smaller=smaller)  # the score to beat is on disk
    measuring.last, tiny.images_seen, measuring.scores = 64, 64, {"fid": 4.0}
    resumed.look(trainer, tiny)
    assert resumed.store.latest()["images_seen"] == winners[-1]


def test_a_metric_that_is_not_measured(run):
    trainer = StandIn(evaluation(run.path), made(run.path))
    with pytest.raises(UserError, match=r"'fidd' is not measured. Did you mean 'fid'"):
        best(run.path, metric="fidd").on_train_start(trainer, animator())
    with pytest.raises(UserError, match="needs evaluation and checkpoint"):
        best(run.path).on_train_start(StandIn(), animator())
