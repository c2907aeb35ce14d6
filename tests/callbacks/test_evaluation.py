import json

import pytest

from kineograph.callbacks.evaluation import Evaluation
from kineograph.core.evaluate import evaluate
from kineograph.metrics.flicker import Flicker
from tests.callbacks.stand_in import StandIn, animator, data


def test_logs_what_evaluate_says(tmp_path):
    flicker = Flicker(num_resamples=10, seed=0)
    evaluation = Evaluation(
        every_images=8, num_clips=5, batch_size=2, seed=3, run_dir=str(tmp_path), metrics={"flicker": flicker}
    )
    trainer, module = StandIn(), animator()
    module.images_seen = 8
    evaluation.act(trainer, module)
    (step, row), *rest = trainer.memory.rows
    expected = evaluate(module, data().held_out_loader(5, num_clips=5), data().task, {"flicker": flicker}, 3)
    assert not rest
    assert step == 8
    assert row["eval/flicker"] == pytest.approx(expected["flicker"], rel=1e-6)
    written = json.loads((tmp_path / "evaluations" / "periodic-000000000008.json").read_text())
    assert written["metrics"]["flicker"] == row["eval/flicker"]


def test_nothing_to_measure(tmp_path):
    evaluation = Evaluation(every_images=8, num_clips=None, batch_size=2, seed=3, run_dir=str(tmp_path), metrics={})
    trainer = StandIn()
    evaluation.act(trainer, animator())
    assert trainer.memory.rows == []
