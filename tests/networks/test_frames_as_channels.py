import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.networks.frames_as_channels import FramesAsChannels
from tests.networks.denoisers import awaken, obeys


@pytest.fixture
def network() -> FramesAsChannels:
    torch.manual_seed(0)
    return FramesAsChannels(
        num_frames=3,
        channels=3,
        known_channels=3,
        num_classes=2,
        cond_dim=16,
        widths=[8, 16],
        depths=[1, 2],
        num_heads=2,
    )


def test_obeys_the_contract(network, condition):
    obeys(network, condition, std=0.3)


@pytest.mark.parametrize("size", [(8, 8), (6, 10), (7, 9)])
def test_any_size(network, make_condition, size):
    awaken(network, std=0.3)
    shape = (1, 3, 3, *size)
    assert network(torch.randn(shape), torch.rand(1), make_condition(shape)).shape == shape


def test_another_length_is_refused(network, make_condition):
    with pytest.raises(UserError, match="rollout=overlap"):
        network(torch.randn(1, 4, 3, 8, 8), torch.rand(1), make_condition((1, 4, 3, 8, 8)))
