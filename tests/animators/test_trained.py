"""The clock, the average, clipping, accumulation, resuming and the guard, on each final class."""

import copy
import math
from functools import partial

import pytest
import torch

from kineograph.animators.schedule import Schedule
from kineograph.animators.trained import DivergedError, OutOfMemoryError, Trained
from kineograph.core.errors import UserError
from kineograph.core.types import Penalty, Weighted

from . import small

FAMILIES = [small.gan, small.diffusion, small.regression]


@pytest.mark.parametrize("family", FAMILIES)
def test_clock_counts_images_not_optimizer_steps(family, fit):
    animator = fit(family(), batches=5, size=4)
    assert (animator.images_seen, animator.batches_seen) == (20, 5)


def resumed(family, fit, first, second):
    """Trained, taken apart into a state dict and optimizer states, rebuilt, trained on."""
    animator = fit(family(), batches=first)
    optimizers = animator.optimizers()
    optimizers = optimizers if isinstance(optimizers, list) else [optimizers]
    kept = copy.deepcopy((animator.state_dict(), [o.optimizer.state_dict() for o in optimizers]))
    torch.manual_seed(99)  # resuming must not lean on the global generator
    again = family()
    again.load_state_dict(kept[0])
    configure = again.configure_optimizers

    def configure_and_load():
        made = configure()
        for optimizer, state in zip(made, kept[1], strict=True):
            optimizer.load_state_dict(state)
        return made

    again.configure_optimizers = configure_and_load
    return fit(again, batches=second)


@pytest.mark.parametrize("family", [*FAMILIES, small.normalised_gan])
@pytest.mark.parametrize("stop", [1, 3])  # for diffusion: within the codec's phase, and after it
def test_resuming_is_never_having_stopped(family, fit, stop):
    whole = fit(family(), batches=6).state_dict()
    parts = resumed(family, fit, stop, 6 - stop).state_dict()
    assert whole.keys() == parts.keys()
    for name in whole:
        assert torch.equal(whole[name], parts[name]), name


def test_average_follows_its_half_life(fit):
    """With one batch of n images to an update the average keeps 2^(-n / halflife) of itself."""
    animator = small.regression(ema_halflife=1)
    animator.averaged_images = 10_000
    before = animator.averaged["generator"].shift.weight.clone()
    fit(animator, batches=1, size=4)
    expected = before * 0.5**4 + animator.generator.shift.weight * (1 - 0.5**4)
    torch.testing.assert_close(animator.averaged["generator"].shift.weight, expected)


def test_young_average_forgets_the_initialisation(fit):
    animator = fit(small.regression(ema_halflife=10**6), batches=2, size=4)  # a tenth of 8 images is none
    torch.testing.assert_close(animator.averaged["generator"].mix.weight, animator.generator.mix.weight)


def test_codec_phase_leaves_denoiser_and_average_alone(fit):
    animator = small.diffusion(codec=small.stage(images=8))
    before = copy.deepcopy(animator.state_dict())
    fit(animator, batches=2, size=4)
    after = animator.state_dict()
    assert torch.equal(before["denoiser.mix.weight"], after["denoiser.mix.weight"])
    assert animator.averaged_images == 0
    assert not torch.equal(before["codec.network.gain"], after["codec.network.gain"])
    fit(animator, batches=1, size=4)
    assert torch.equal(after["codec.network.gain"], animator.codec.network.gain)
    assert not torch.equal(before["denoiser.mix.weight"], animator.denoiser.mix.weight)


def test_two_accumulated_halves_are_one_batch(fit):
    whole = fit(small.regression(schedule=flat(), ema_halflife=1), batches=1, size=4)
    halves = fit(small.regression(schedule=flat(), ema_halflife=1, accumulate=2), batches=2, size=2)
    torch.testing.assert_close(whole.generator.mix.weight, halves.generator.mix.weight)


def test_an_update_takes_a_batch_at_least():
    with pytest.raises(UserError, match="^animator.accumulate=0: 1 is the least$"):
        small.regression(accumulate=0)


def test_clipping_bounds_the_update(fit):
    """With plain gradient descent the step is at most rate x clip."""
    descend = partial(torch.optim.SGD, lr=1.0)
    animator = small.regression(optimizer=descend, schedule=flat(), grad_clip=1e-3)
    before = torch.cat([p.detach().clone().flatten() for p in animator.generator.parameters()])
    fit(animator, batches=1)
    after = torch.cat([p.detach().flatten() for p in animator.generator.parameters()])
    assert (after - before).norm().item() == pytest.approx(1e-3, rel=1e-3)


def flat() -> Schedule:
    return Schedule(start_images=0, warmup_images=0, end_images=10**9, final=1.0)


def test_schedule_warms_up_and_comes_down():
    schedule = Schedule(start_images=100, warmup_images=9, end_images=209, final=0.2)
    assert schedule(100) == pytest.approx(0.1)
    assert schedule(108) == pytest.approx(0.9)
    assert schedule(109) == pytest.approx(1.0)
    assert schedule(159) == pytest.approx(0.2 + 0.8 * 0.5 * (1 + math.cos(math.pi / 2)))
    assert schedule(10_000) == pytest.approx(0.2)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_term_that_is_not_finite_stops_before_the_update(family, fit):
    def broken(turn):
        return turn.fake.mean() * torch.nan

    bad = {"bad": Weighted(broken, 1.0)}
    animator: Trained = family(codec=small.stage(images=8, losses=bad))
    before = copy.deepcopy(animator.state_dict())
    with pytest.raises(DivergedError, match=r"bad.*after 0 images.*clips of the batch: 0, 1000000") as raised:
        fit(animator, batches=1)
    assert "\n" not in str(raised.value)
    for key, value in animator.state_dict().items():
        assert torch.equal(value, before[key]), key


def test_a_fused_optimizer_learns_the_same(fit):
    fused = partial(small.ADAM, fused=True)
    plain, found = (fit(small.gan(optimizer=adam), batches=4).state_dict() for adam in (small.ADAM, fused))
    for name in plain:
        torch.testing.assert_close(found[name], plain[name], msg=name)


@pytest.mark.parametrize(("role", "untouched"), [("losses", ("generator", "discriminators")), ("penalties", "disc")])
def test_of_two_optimizers_none_steps_from_the_bad_term_on(fit, role, untouched):
    """A batch is the generator's turn, then the judges': what comes before the bad term may have stepped."""
    entry = partial(Penalty, judges=None) if role == "penalties" else Weighted
    animator = small.gan(**{role: {"bad": entry(part=lambda turn: turn.real.mean() * torch.inf, weight=1.0)}})
    before = copy.deepcopy(animator.state_dict())
    with pytest.raises(DivergedError, match=r"bad.* is not finite after 0 images.*clips of the batch: 0, 1000000"):
        fit(animator, batches=1)
    changed = {name for name, tensor in animator.state_dict().items() if not torch.equal(tensor, before[name])}
    assert not [name for name in changed if name.startswith(untouched)]
    assert bool(changed) == (role == "penalties")


class Exploding(torch.autograd.Function):
    """One forward, and no number backward."""

    @staticmethod
    def forward(ctx, x):
        return x.sum() * 0 + 1

    @staticmethod
    def backward(ctx, gradient):
        return gradient * torch.full((2, 3, 3, 6, 6), torch.inf)


@pytest.mark.parametrize("grad_clip", [None, 1.0])
def test_a_gradient_that_is_not_finite_stops_before_the_update(fit, grad_clip):
    bad = {"bad": Weighted(lambda turn: Exploding.apply(turn.fake), 1.0)}
    animator = small.regression(losses=bad, grad_clip=grad_clip)
    before = copy.deepcopy(animator.state_dict())
    with pytest.raises(DivergedError, match=r"the gradient of generator.mix.weight, .*after 0 images") as raised:
        fit(animator, batches=1, size=2)
    assert raised.value.facts["clips"] == [0, 1000000]
    for key, value in animator.state_dict().items():
        assert torch.equal(value, before[key]), key


class WithDropout(small.SmallGenerator):
    """Draws from torch's own generator, as a network of the user's may."""

    def forward(self, condition, latent):
        made = super().forward(condition, latent)
        return made._replace(video=torch.nn.functional.dropout(made.video, 0.5, training=self.training))


def test_a_network_that_draws_for_itself_resumes_exactly(fit):
    def family(seed=3):
        torch.manual_seed(0)
        return small.regression(generator=WithDropout(), seed=seed)

    whole, parts = fit(family(), batches=5).state_dict(), resumed(family, fit, 2, 3).state_dict()
    for name in whole:
        assert torch.equal(whole[name], parts[name]), name
    other = fit(family(seed=4), batches=5).state_dict()
    assert not torch.equal(whole["generator.mix.weight"], other["generator.mix.weight"])


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        MemoryError(),
    ],
)
def test_out_of_memory_is_told_with_the_batch_and_a_hint(fit, error):
    def full(turn):
        raise error

    animator = small.regression(losses={"l1": Weighted(full, 1.0)})
    with pytest.raises(OutOfMemoryError, match=r"batch_size=4, films of 3 x 3 x 6 x 6 .* lower data.batch_size"):
        fit(animator, batches=1)


def test_other_errors_stay_what_they_are(fit):
    def broken(turn):
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        fit(small.regression(losses={"l1": Weighted(broken, 1.0)}), batches=1)


@pytest.mark.parametrize("family", FAMILIES)
def test_bfloat16_leaves_the_weights_in_32_bits(family, fit):
    plain, half = fit(family(), batches=4), fit(family(), batches=4, precision="bf16-mixed")
    for name, value in half.state_dict().items():
        if value.is_floating_point():
            assert value.dtype == torch.float32, name
    assert half.latest != plain.latest  # it did compute in another precision
    assert half.latest == pytest.approx(plain.latest, rel=0.1, abs=0.02)
