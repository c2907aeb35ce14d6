import torch

from kineograph.core.random import Noise
from kineograph.rollouts.single import Single


def test_one_call(condition):
    film = Single()(lambda told, noise: told.known * len(noise), condition, Noise([1, 2]))
    assert torch.equal(film, 2 * condition.known)
