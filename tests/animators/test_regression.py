"""A generator and its losses, with no adversary."""

from functools import partial

import torch

from kineograph.animators.regression import RegressionAnimator
from kineograph.core.random import Noise

from . import small


def test_one_step_of_plain_gradient_descent_by_hand(fit):
    """The loss is 2 mean |real - fake|; the weights move by the rate times its gradient."""
    schedule = small.Schedule(start_images=0, warmup_images=0, end_images=10**9, final=1.0)
    animator = small.regression(optimizer=partial(torch.optim.SGD, lr=0.1), schedule=schedule)
    twin = small.regression().generator
    clip, condition = small.batch(0, 4)
    codes = twin.sample_latent(condition, Noise.at(3, 0, 4))  # the run's seed is 3
    (2 * (clip.video - twin(condition, codes).video).abs().mean()).backward()
    fit(animator, batches=1, size=4)
    for new, old in zip(animator.generator.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(new, old - 0.1 * old.grad)


def test_it_learns_that_a_film_begins_with_its_picture(fit):
    """The rest of these films is noise; the first frame is all that can be known of them."""
    animator: RegressionAnimator = small.regression()
    clip, condition = small.batch(1000, 4)  # never trained on

    def error() -> torch.Tensor:
        codes = animator.generator.sample_latent(condition, Noise([1, 2, 3, 4]))
        return (animator.generator(condition, codes).video[:, 0] - clip.video[:, 0]).abs().mean()

    before = error()
    fit(animator, batches=60)
    assert error() < 0.8 * before
