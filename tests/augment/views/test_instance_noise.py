import torch

from kineograph.augment.views.instance_noise import InstanceNoise
from kineograph.core.random import Noise
from tests.augment.views.seen import given, still


def test_noise_of_the_deviation_of_the_moment():
    video = still(2, 8, 3, 32, 32)
    view = InstanceNoise(sigma=lambda images: 0.1 if images < 5 else 0.0)
    seen, told = view(video, given(video), view.draw(video, Noise([1, 2]), 0))
    assert abs((seen - video).std() - 0.1) < 0.002 and abs((seen - video).mean()) < 0.002
    assert torch.equal(told.known, given(video).known)
    assert torch.equal(view(video, told, view.draw(video, Noise([1, 2]), 5))[0], video)


def test_noise_belongs_to_the_clip():
    video, view = still(2), InstanceNoise(sigma=lambda images: 1.0)
    assert torch.equal(view.draw(video, Noise([1, 2]), 0)[1:], view.draw(video[1:], Noise([2]), 0))
