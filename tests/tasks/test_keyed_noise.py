import torch

from kineograph.core.types import Clip
from kineograph.tasks.keyed_noise import keyed_noise
from tests.tasks.test_tasks import clip


def test_it_follows_from_key_and_pixels_and_not_from_the_batch():
    two = Clip(*(field[:1].repeat_interleave(2, dim=0) for field in clip(4)))._replace(key=torch.tensor([3, 4]))
    drawn = keyed_noise(two).normal(5)
    assert torch.equal(keyed_noise(Clip(*(field[1:] for field in two))).normal(5), drawn[1:])
    assert not torch.equal(drawn[0], drawn[1])
    other = two._replace(video=two.video.clamp(min=0))
    assert not torch.equal(keyed_noise(other).normal(5), drawn)
