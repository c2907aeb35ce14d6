import pytest
import torch

from kineograph.networks.unet3d import Unet3d
from tests.networks.denoisers import awaken, obeys


@pytest.fixture
def network() -> Unet3d:
    torch.manual_seed(0)
    return Unet3d(channels=3, known_channels=3, num_classes=2, cond_dim=16, widths=[8, 16], depths=[1, 2], num_heads=2)


def test_obeys_the_contract(network, condition):
    obeys(network, condition)


@pytest.mark.parametrize("shape", [(1, 1, 3, 8, 8), (2, 5, 3, 6, 10), (1, 2, 3, 7, 9)])
def test_any_length_and_size(network, make_condition, shape):
    awaken(network)
    condition = make_condition(shape)
    assert network(torch.randn(shape), torch.rand(shape[0]), condition).shape == shape
