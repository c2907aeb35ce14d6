import time

import pytest
import torch
from torch.utils.data import DataLoader

from kineograph.callbacks.periodic import Periodic
from kineograph.callbacks.speed import Speed, matrix_tflops
from kineograph.core.types import Penalty
from tests.animators import small
from tests.animators.conftest import fit_animator
from tests.callbacks.stand_in import Memory

PIXELS = 3 * 6 * 6  # of a film of 3 frames


class Slow(torch.utils.data.Dataset):
    """Each batch is 0.05 seconds late."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, place: int):
        time.sleep(0.05)
        return small.batch(4 * place, 4)


def rows(animator) -> list[dict]:
    from pytorch_lightning import Trainer

    memory = Memory()
    trainer = Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=memory,
        callbacks=[Speed(peak_tflops=1e-6)],  # a million operations a second
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=2,
    )
    trainer.fit(animator, DataLoader(Slow(), batch_size=None, collate_fn=tuple))
    return [row for _, row in memory.rows if "speed/step_seconds" in row]


def test_rates_are_told_with_the_terms():
    first, second = rows(small.regression())
    assert second["speed/data_wait_seconds"] >= 0.05
    assert second["speed/step_seconds"] > second["speed/data_wait_seconds"]
    assert second["speed/images_per_second"] == pytest.approx(4 / second["speed/step_seconds"], rel=1e-6)
    assert 0.05 < first["speed/memory_gib"] < 64
    # a 1x1 convolution 3 -> 3 of a picture and a line 2 -> 3: forward, and backward to the weights (and, for the line,
    # none to the latent, which needs no gradient)
    forward = 2 * (3 * 3 * 36 + 2 * 3) * 4
    done = second["speed/flops_utilisation"] * 2 * second["speed/step_seconds"] * 1e6 / 2
    assert done == pytest.approx(2 * forward, rel=1e-6)


def test_counting_changes_nothing():
    plain = fit_animator(small.gan(), batches=3)
    counted = fit_animator(small.gan(), batches=3, callbacks=[Speed(peak_tflops=1.0)])
    for name, value in plain.state_dict().items():
        assert torch.equal(value, counted.state_dict()[name]), name


def test_a_failing_step_leaves_no_counter_behind():
    def broken(turn):
        raise RuntimeError("no")

    speed = Speed(peak_tflops=None)
    with pytest.raises(RuntimeError, match="no"):
        fit_animator(small.regression(losses={"x": small.Weighted(broken, 1.0)}), batches=1, callbacks=[speed])
    assert speed.counter is None
    assert speed.peak_tflops > 0


def test_a_matrix_product_has_a_rate():
    assert 1e-4 < matrix_tflops(torch.device("cpu"), half=False) < 1e3


def test_a_gradient_penalty_can_be_counted():
    def penalty(turn):
        video = turn.real.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(turn.discriminate(video).scores.sum(), video, create_graph=True)
        return gradient.square().mean()

    speed = Speed(peak_tflops=1.0)
    fit_animator(small.gan(penalties={"r1": Penalty(penalty, 1.0, None)}, penalty_interval=2), 3, callbacks=[speed])
    with_penalty, without = (speed.flops[kind] for kind in sorted(speed.flops, key=len, reverse=True))
    assert with_penalty > without > 0


def test_a_preview_is_not_counted():
    """What a periodic callback multiplies within a batch is no training."""

    class Multiplying(Periodic):
        def act(self, trainer, animator) -> None:
            torch.ones(64, 64) @ torch.ones(64, 64)

    alone, beside = Speed(peak_tflops=1.0), Speed(peak_tflops=1.0)
    fit_animator(small.regression(), 3, callbacks=[alone])
    fit_animator(small.regression(), 3, callbacks=[Multiplying(every_images=8), beside])
    assert alone.flops == beside.flops
