import json
import math

import pytest
import torch

from kineograph.callbacks.evaluation import Evaluation
from kineograph.core.evaluate import evaluate
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.metrics.class_accuracy import ClassAccuracy
from kineograph.metrics.flicker import Flicker
from tests.callbacks.stand_in import StandIn, animator, data
from tests.runtime import tiny_part


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


class Classes(ClassAccuracy):
    """Looks at the pixels; counts how often it was taught."""

    def __init__(self):
        super().__init__(extractor=Pixels(), num_training=6, ridge=0.1, num_resamples=5, seed=0)
        self.lessons = 0

    def remember(self, clips):
        self.lessons += 1
        super().remember(clips)


class Pixels:
    name, feature_dim, sha256 = "pixels", 64, "5"

    def __call__(self, video):
        return video[:, 1:, 0].flatten(2)


def labelled(clip):
    return clip._replace(label=clip.key // KEYS_PER_GROUP % 2)


def test_metrics_that_learn_are_taught_once_and_nothing_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_part, "clip_at", lambda positions, made=tiny_part.clip_at: labelled(made(positions)))
    classes = Classes()
    evaluation = Evaluation(
        every_images=8, num_clips=5, batch_size=2, seed=3, run_dir=str(tmp_path), metrics={"class_accuracy": classes}
    )
    trainer, module = StandIn(), animator()
    before = torch.get_rng_state()
    evaluation.on_train_start(trainer, module)
    for images in (8, 16):
        module.images_seen = images
        evaluation.act(trainer, module)
    assert torch.equal(torch.get_rng_state(), before)
    assert classes.lessons == 1
    rows = [row for _, row in trainer.memory.rows]
    assert math.isfinite(rows[0]["eval/class_accuracy"]) and rows[0] == rows[1]
    taught = Classes()
    taught.remember(trainer.data.train_clips(2, mixed=True))
    assert all(torch.equal(one, other) for one, other in zip(classes.tower, taught.tower, strict=True))


def test_nothing_to_measure(tmp_path):
    evaluation = Evaluation(every_images=8, num_clips=None, batch_size=2, seed=3, run_dir=str(tmp_path), metrics={})
    trainer = StandIn()
    evaluation.act(trainer, animator())
    assert trainer.memory.rows == []
