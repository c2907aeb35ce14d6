"""A published model that animates and is tuned; here a tiny random one of AnimateDiff's class."""

from functools import partial

import pytest
import torch
from pytorch_lightning import Trainer

from kineograph.animators.pretrained import PretrainedAnimator, one
from kineograph.animators.schedule import Schedule
from kineograph.core.random import Noise
from kineograph.networks.giants.animate_diff import AnimateDiff
from kineograph.networks.tuning.layers import Layers
from kineograph.networks.tuning.lora import Lora
from kineograph.rollouts.single import Single
from tests.networks.giants.owed import TARGETS
from tests.networks.giants.told import clip, condition, tiny_giant

__all__ = ["clip", "condition", "tiny_giant"]  # fixtures
LORA = partial(Lora, rank=4, alpha=4.0, targets=TARGETS, start=None)
MOTION = partial(Layers, names=["motion_modules"])


def animator(giant, tuning=LORA):
    torch.manual_seed(0)
    return PretrainedAnimator(
        giant=giant, tuning=tuning, rollout=Single(), condition_dropout=0.0,
        optimizer=partial(torch.optim.AdamW, lr=1e-2), schedule=Schedule(start_images=0, warmup_images=0,
        end_images=100, final=1.0), seed=0, ema_halflife=10, grad_clip=None, accumulate=1, compile=False,
    )  # fmt: skip


def fit(model, clip, condition, steps):
    batch = (type(clip)(*(f[:1] for f in clip)), one(condition, 0))
    trainer = Trainer(
        max_steps=steps, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(model, torch.utils.data.DataLoader([batch] * steps, batch_size=None, collate_fn=lambda one: one))


def loss(model, clip, condition):
    """Of the same levels and noise before and after."""
    lessons = [model.giant.lesson(clip.video[:1], one(condition, 0), Noise([seed]), untold=False) for seed in range(6)]
    with torch.no_grad(), model.tuning.on(model.giant.denoiser(torch.device("cpu"))):
        return model.lesson_terms(lessons)["denoising"].item()


@pytest.mark.parametrize("tuning", [LORA, MOTION], ids=["lora", "layers"])
def test_the_loss_falls_on_one_clip_and_the_giant_stays(tiny_giant, clip, condition, tuning):
    giant = tiny_giant("animate_diff")
    base = {name: p.clone() for name, p in giant.denoiser(torch.device("cpu")).named_parameters()}
    model = animator(giant, tuning)
    before, film = loss(model, clip, condition), model.animate(condition, Noise([1, 2]))
    fit(model, clip, condition, 25)
    assert loss(model, clip, condition) < 0.9 * before
    assert not torch.equal(model.animate(condition, Noise([1, 2])), film)
    after = dict(giant.denoiser(torch.device("cpu")).named_parameters())
    assert all(torch.equal(base[name], after[name]) and after[name].grad is None for name in base)
    state = model.state_dict()
    tuned = sum(p.numel() for p in model.tuning.parameters())
    assert sum(t.numel() for t in state.values()) == 2 * tuned + 3  # with the average and the clock
    assert tuned < 0.7 * sum(p.numel() for p in base.values())
    again = animator(giant, tuning)
    again.load_state_dict(state)
    assert torch.equal(again.animate(condition, Noise([1, 2])), model.animate(condition, Noise([1, 2])))
    assert model.describe() == {"parameters": sum(p.numel() for p in base.values()) + tuned, "tuned_parameters": tuned}


def test_known_pixels_come_back_and_a_sample_does_not_depend_on_its_batch(tiny_giant, condition):
    model = animator(tiny_giant("animate_diff"))
    both = model.animate(condition, Noise([1, 2]))
    assert both.shape == condition.known.shape and torch.equal(both[:, 0], condition.known[:, 0])
    assert torch.equal(model.animate(one(condition, 1), Noise([2])), both[1:])


@pytest.mark.parametrize("tuning", [LORA, MOTION], ids=["lora", "layers"])
def test_checkpointing_changes_no_gradient(tiny_giant, clip, condition, tuning):
    giant = tiny_giant("animate_diff")
    settings = {name: getattr(giant, name) for name in ("weights", "hub", "prompt", "num_steps", "scale")}
    frugal = AnimateDiff(**settings, dtype="float32", checkpointing=True, height=None, width=None)
    gradients = []
    for one_giant in (giant, frugal):
        model = animator(one_giant, tuning)
        with model.tuning.on(one_giant.denoiser(torch.device("cpu"))):
            lesson = one_giant.lesson(clip.video[:1], one(condition, 0), Noise([5]), untold=False)
            model.lesson_terms([lesson])["denoising"].backward()
        gradients.append([p.grad for p in model.tuning.parameters()])
    assert any(gradient.abs().max() > 0 for gradient in gradients[0])
    torch.testing.assert_close(gradients[1], gradients[0])
