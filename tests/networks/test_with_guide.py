"""A denoiser that refines a film."""

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.networks.unet3d import Unet3d
from kineograph.networks.with_guide import WithGuide


@pytest.fixture
def network() -> WithGuide:
    torch.manual_seed(0)
    network = WithGuide(
        network=Unet3d(
            channels=3, known_channels=6, num_classes=2, cond_dim=16, widths=[8, 16], depths=[1, 1], num_heads=2
        )
    )
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return network


def test_the_guide_is_seen_at_the_films_size(network, condition):
    noisy, level = torch.randn_like(condition.known), torch.rand(2)
    guide = torch.randn(2, 3, 3, 4, 4)
    told = condition._replace(guide=guide)
    answer = network(noisy, level, told)
    assert answer.shape == noisy.shape
    other = guide.clone()
    other[1] += 1
    changed = (network(noisy, level, told._replace(guide=other)) - answer).abs().amax(dim=(1, 2, 3, 4))
    assert changed[0] == 0 and changed[1] > 1e-4


def test_without_a_guide_of_as_many_frames_it_is_told(network, condition):
    with pytest.raises(UserError, match="low_resolution"):
        network(condition.known, torch.rand(2), condition)
