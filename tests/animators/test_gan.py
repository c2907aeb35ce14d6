"""The two turns of a GAN: who moves, who does not, and that one clip can be learnt by heart."""

from functools import partial

import torch

from kineograph.core.random import Noise

from . import small


def test_the_generators_turn_gives_the_discriminators_no_gradient(fit):
    animator = small.gan()
    judge = animator.discriminators["frame"]
    before = judge.see.weight.detach().clone()

    animator.discriminator_optimizer = partial(torch.optim.SGD, lr=0.0)
    fit(animator, batches=2)
    assert torch.equal(judge.see.weight, before)
    assert judge.see.weight.grad is None


def test_terms_are_named_and_weighted():
    animator = small.gan()
    clip, condition = small.batch(0, 4)
    latent = animator.generator.sample_latent(condition, Noise([1, 2, 3, 4]))
    generated = animator.generator(condition, latent)
    terms = animator.generator_terms(clip.video, condition, latent, generated)
    assert list(terms) == ["adversarial/frame", "adversarial/clip", "l1"]
    torch.testing.assert_close(terms["l1"], 2 * (clip.video - generated.video).abs().mean())
    score = animator.discriminators["frame"](generated.video, condition).scores
    torch.testing.assert_close(terms["adversarial/frame"], -0.5 * score.mean())


def test_a_sample_depends_on_its_own_seed_alone():
    animator = small.gan()
    _, condition = small.batch(0, 4)
    together = animator.animate(condition, Noise([5, 6, 7, 8]))
    _, last = small.batch(3, 1)
    alone = animator.animate(last, Noise([8]))
    torch.testing.assert_close(together[3:], alone, rtol=0, atol=1e-6)
    assert not torch.equal(together[3:], animator.animate(last, Noise([9])))


def test_known_pixels_come_back_exactly():
    _, condition = small.batch(0, 2)
    video = small.gan().animate(condition, Noise([1, 2]))
    assert torch.equal(video[:, 0], condition.known[:, 0])
    assert video.abs().max() <= 1
