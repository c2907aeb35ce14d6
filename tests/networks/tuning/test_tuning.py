"""What is lent is taken back, and passes are counted."""

import pytest
import torch
from torch import nn

from kineograph.networks.tuning.tuning import Tuning


class Shift(Tuning):
    """Adds a number to what the network answers."""

    def __init__(self):
        super().__init__()
        self.number = nn.Parameter(torch.tensor(2.0))

    def lend(self, network):
        return [network.register_forward_hook(lambda module, inputs, output: output + self.number)]


def test_it_is_lent_inside_the_with_alone():
    network, shift, calls = nn.Identity(), Shift(), []
    shift.register_forward_hook(lambda *_: calls.append(1))
    x = torch.zeros(1)
    with shift.on(network):
        assert network(x) == 2 and network(x) == 2
    assert network(x) == 0 and len(calls) == 2


def test_it_is_taken_back_after_an_error():
    network, shift = nn.Identity(), Shift()
    with pytest.raises(KeyError), shift.on(network):
        raise KeyError
    assert network(torch.zeros(1)) == 0
