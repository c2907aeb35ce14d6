"""What every family shares: `animate`, the codec's share, and what a table says of the model."""

import pytest
import torch

from kineograph.animators.animator import Animator
from kineograph.core.random import Noise

from . import small

FAMILIES = [small.gan, small.diffusion, small.regression]


@pytest.mark.parametrize("family", FAMILIES)
def test_animate_is_by_the_averaged_weights_and_leaves_the_mode(family):
    animator: Animator = family()
    _, condition = small.batch(0, 2)
    before = animator.animate(condition, Noise([1, 2]))
    assert animator.training and not before.requires_grad
    for name in animator.averaged:
        for parameter in getattr(animator, name).parameters():
            parameter.data.normal_()
    assert torch.equal(animator.animate(condition, Noise([1, 2])), before)
    for parameter in animator.averaged.parameters():
        parameter.data.normal_()
    assert not torch.equal(animator.animate(condition, Noise([1, 2])), before)


@pytest.mark.parametrize("family", FAMILIES)
def test_any_length_and_size_with_the_given_pixels_exact(family):
    _, condition = small.batch(0, 1, num_frames=5, side=9)
    video = family().animate(condition, Noise([1]))
    assert video.shape == (1, 5, 3, 9, 9) and video.abs().max() <= 1
    assert torch.equal(video[:, 0], condition.known[:, 0])


@pytest.mark.parametrize("family", FAMILIES)
def test_describe_counts_what_sampling_uses(family):
    animator = family(codec=small.stage(images=8))
    (network,) = animator.averaged.values()
    count = 1 + sum(parameter.numel() for parameter in network.parameters())
    assert animator.describe() == {"parameters": count, "codec_parameters": 1, "codec_images": 8}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_codec_that_learns_has_an_optimizer_of_its_own(family):
    resting, learning = family(codec=small.stage(images=0)), family(codec=small.stage(images=8))
    assert len(learning.optimized()) == len(resting.optimized()) + 1
    assert learning.optimized()[-1][1] == [learning.codec]
