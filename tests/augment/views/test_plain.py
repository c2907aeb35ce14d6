import torch

from kineograph.augment.views.plain import PlainView
from kineograph.core.random import Noise
from tests.augment.views.seen import given, still


def test_nothing_changes():
    video = still()
    drawn = PlainView().draw(video, Noise([1, 2, 3]), 0)
    seen, told = PlainView()(video, given(video), drawn)
    assert seen is video and torch.equal(told.known, given(video).known)
