"""Whole layers that learn while the network stays."""

import pytest
import torch
from torch import nn

from kineograph.core.errors import UserError
from kineograph.networks.tuning.layers import Layers


def test_the_layers_named_learn_and_the_network_stays():
    net = nn.ModuleDict({"temporal": nn.Linear(3, 3), "spatial": nn.Linear(3, 3)}).requires_grad_(False)
    layers = Layers(network=net, prefix="unet", names=["temporal"])
    assert set(layers.change) == {"temporal/weight", "temporal/bias"}
    x = torch.randn(2, 3)
    before = net["temporal"](x)
    with layers.on(net):
        assert torch.equal(net["temporal"](x), before)  # no change at first
        net["spatial"](net["temporal"](x)).sum().backward()
    gradient = layers.change["temporal/weight"].grad
    torch.testing.assert_close(gradient, net["spatial"].weight.sum(dim=0)[:, None] @ x.sum(dim=0)[None])
    layers.change["temporal/bias"].data.fill_(2.0)
    with layers.on(net):
        torch.testing.assert_close(net["temporal"](x), before + 2)
    assert torch.equal(net["temporal"](x), before) and isinstance(net["temporal"].bias, nn.Parameter)


def test_no_such_layer_is_told():
    with pytest.raises(UserError, match="names"):
        Layers(network=nn.Linear(2, 2), prefix="unet", names=["motion_modules"])
