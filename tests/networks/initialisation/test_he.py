import math

import pytest
import torch
from torch import nn

from kineograph.networks.initialisation.he import He


def test_the_signal_survives_many_layers():
    torch.manual_seed(0)
    layers = [m for _ in range(12) for m in (nn.Linear(256, 256), nn.LeakyReLU(0.2))]
    network = nn.Sequential(*layers)
    He(negative_slope=0.2, gain=1.0)(network)
    out = network(torch.randn(64, 256))
    assert 0.5 < out.square().mean() < 2


def test_variance_and_biases():
    torch.manual_seed(0)
    layer = nn.Conv2d(16, 64, 3)
    He(negative_slope=0.0, gain=2.0)(layer)
    assert layer.weight.std().item() == pytest.approx(2 * math.sqrt(2 / 144), rel=0.05)
    assert (layer.bias == 0).all()
