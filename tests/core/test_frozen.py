import copy
import gc

import torch
from torch import nn

from kineograph.core.frozen import Frozen


def holder(name):
    return Frozen(identity=name, load=lambda: nn.Linear(3, 2))


class Module(nn.Module):
    def __init__(self):
        super().__init__()
        self.frozen = holder("in a module")
        self.frozen(torch.zeros(1, 3))


def test_nothing_that_walks_modules_sees_it():
    module = Module()
    assert not list(module.parameters())
    assert not module.state_dict()
    assert not list(module.children())
    assert copy.deepcopy(module).frozen is module.frozen


def test_gradients_reach_the_input_alone_and_randomness_stays():
    before = torch.get_rng_state()
    frozen = holder("gradient")
    picture = torch.ones(1, 3, requires_grad=True)
    frozen(picture).sum().backward()
    assert picture.grad is not None
    network = frozen.on(torch.device("cpu"))
    assert not network.training
    assert all(not weight.requires_grad and weight.grad is None for weight in network.parameters())
    assert torch.equal(before, torch.get_rng_state())


def test_equal_holders_share_network_and_answers():
    one, two, calls = holder("shared"), holder("shared"), []

    def compute(tensor):
        calls.append(1)
        return tensor * 2

    tensor = torch.ones(2)
    assert one.on(tensor.device) is two.on(tensor.device)
    assert one.recall(tensor, compute) is two.recall(tensor, compute)
    assert len(calls) == 1
    tensor.add_(1)  # the same tensor with other numbers
    assert torch.equal(one.recall(tensor, compute), torch.full((2,), 4.0))
    place = (one.identity, id(tensor))
    assert place in Frozen._memory
    del tensor
    gc.collect()
    assert place not in Frozen._memory
