import torch

from kineograph.core.random import Noise
from kineograph.procedures.style_mixing import StyleMixing
from tests.procedures.imagined import Imagined


def test_content_of_its_own_and_motion_of_the_other(condition):
    film = StyleMixing(animates=Imagined(), motion_seed=7).animate(condition, Noise([1, 2, 3]))
    content = Imagined().codes(condition, Noise([1, 2, 3])).content
    motion = Imagined().codes(condition, Noise([7, 7, 7])).motion
    torch.testing.assert_close(film[:, 3, :, 0, 0], (content + 3 / 12 * motion[:, 0]).tanh())
    assert torch.equal(film[:, 0], condition.known[:, 0])
