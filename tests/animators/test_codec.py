"""The codec's own animator: its turns by hand, what it redraws, and how other runs begin with it."""

import copy

import pytest
import torch

from kineograph.animators.codec import CodecAnimator
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Weighted
from kineograph.runtime.weights import export_weights

from . import small


def codec(**changes) -> CodecAnimator:
    torch.manual_seed(0)
    roles = {
        "codec": small.stage(images=0), "discriminators": {"frame": Weighted(small.SmallJudge(), 0.5)},
        "adversarial": small.Hinge(), "judged_from": 8, "discriminator_optimizer": small.ADAM,
        "schedule": small.CONSTANT, "seed": 3, "ema_halflife": 16, "grad_clip": 1.0, "accumulate": 1, "compile": False,
    }  # fmt: skip
    return CodecAnimator(**{**roles, **changes})


def test_judges_wait_for_their_turn_and_then_both_learn(fit):
    animator = codec()
    judge = copy.deepcopy(animator.discriminators.state_dict())
    fit(animator, 2)
    assert animator.images_seen == 8 and set(animator.terms) == {"codec/l1"}
    assert all(torch.equal(value, judge[name]) for name, value in animator.discriminators.state_dict().items())
    fit(animator, 1)
    assert set(animator.terms) == {"codec/l1", "adversarial/frame", "discriminator/frame"}
    assert not all(torch.equal(value, judge[name]) for name, value in animator.discriminators.state_dict().items())
    assert animator.codec.network.gain != 0.5


def test_the_judges_verdict_by_hand():
    animator = codec()
    clip, condition = small.batch(0, 2)
    turn = animator.codec.turn(clip, condition, Noise([1, 2]))
    scores = animator.discriminators["frame"](0.5 * clip.video, condition).scores
    torch.testing.assert_close(animator.verdicts(turn)["adversarial/frame"], -0.5 * scores.mean())
    animator.discriminator_terms(turn._replace(fake=turn.fake.detach()))["discriminator/frame"].backward()
    assert animator.codec.network.gain.grad is None


def test_redraws_its_guide_with_the_averaged_codec():
    animator = codec()
    clip, condition = small.batch(0, 2)
    nothing = condition._replace(known=torch.zeros_like(condition.known), mask=torch.zeros_like(condition.mask))
    animator.averaged["coder"].gain.data.fill_(0.25)
    film = animator.animate(nothing._replace(guide=clip.video), Noise([1, 2]))
    torch.testing.assert_close(film, 0.25 * clip.video)
    with pytest.raises(UserError, match="task=redraw"):
        animator.animate(nothing, Noise([1, 2]))


def test_resuming_is_never_having_stopped(fit):
    whole, part = fit(codec(), 4), fit(codec(), 2)
    again = codec()
    again.load_state_dict(part.state_dict())
    kept = [entry.optimizer.state_dict() for entry in part.optimizers()]
    configure = again.configure_optimizers

    def configure_and_load() -> list:
        made = configure()
        for optimizer, state in zip(made, kept, strict=True):
            optimizer.load_state_dict(copy.deepcopy(state))
        return made

    again.configure_optimizers = configure_and_load
    fit(again, 2)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


@pytest.mark.parametrize("lender", ["codec", "diffusion"])
def test_other_runs_begin_with_an_exported_codec(lender, fit, tmp_path):
    """The averaged one of animator=codec; of any other family the codec itself."""
    if lender == "codec":
        animator = codec()
        animator.averaged["coder"].gain.data.fill_(0.25)
    else:
        animator = small.diffusion()
        animator.codec.network.gain.data.fill_(0.25)
    export_weights(animator, tmp_path / "weights.safetensors", {})
    stage = small.stage(images=0)
    stage.weights = str(tmp_path)
    borrower = fit(small.gan(codec=stage), 1)
    assert borrower.codec.network.gain == 0.25 and borrower.coder.gain == 0.25
    borrower.codec.network.gain.data.fill_(0.75)
    assert fit(borrower, 1).coder.gain == 0.75  # a run that goes on has it in its checkpoint


def test_what_cannot_be_borrowed(tmp_path, fit):
    stage = small.stage(images=0)
    stage.weights = str(tmp_path)
    with pytest.raises(UserError, match="kineograph export run=RUN"):
        fit(small.gan(codec=stage), 1)
    (tmp_path / "weights.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="does not fit"):
        fit(small.gan(codec=stage), 1)
    with pytest.raises(UserError, match="images=0"):
        codec(codec=small.stage(images=4))


def test_nothing_to_compile_is_told(fit):
    animator = codec(compile=True)
    with pytest.raises(UserError, match="nothing of this animator can be compiled"):
        fit(animator, batches=1)
