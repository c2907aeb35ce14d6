import pytest
import torch
from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Condition
from kineograph.runtime.cost import cost

CLIP = (1, 4, 3, 8, 8)  # 768 numbers


def condition():
    told = torch.zeros(CLIP), torch.zeros(1, 4, 1, 8, 8), torch.zeros(1, 4), torch.tensor([-1])
    return Condition(*told, torch.zeros(1, 1, 1), torch.zeros(1, 1, dtype=torch.bool), torch.tensor([torch.nan]))


class Steps:
    """A linear layer of 192 features, called so many times."""

    def __init__(self, calls):
        self.calls = calls
        self.network = nn.Linear(192, 192, bias=False)

    def animate(self, condition, noise):
        x = condition.known.flatten(2)
        for _ in range(self.calls):
            x = self.network(x)
        return x.reshape(CLIP)


@pytest.mark.parametrize("calls", [1, 5])
def test_calls_and_arithmetic_by_hand(calls):
    animates = Steps(calls)
    found = cost(animates, [animates.network], condition(), Noise([0]))
    assert found.network_calls == calls
    assert found.gflop == pytest.approx(calls * 4 * 192 * 192 * 2 / 1e9)
    assert not animates.network._forward_hooks


class Holds:
    """Makes two tensors of a mebibyte, lets one go, and makes another."""

    def animate(self, condition, noise):
        one = torch.zeros(2**18)
        two = one + 1
        del one
        three = two.reshape(2, -1) * 2  # a view costs nothing
        return three[0, :768].reshape(CLIP)


def test_memory_is_what_lives_at_once():
    assert cost(Holds(), [], condition(), Noise([0])).peak_mib == pytest.approx(2, abs=0.01)


def test_weights_are_not_made_on_the_way():
    animates = Steps(1)  # 144 KiB of weights, seen transposed by the product
    found = cost(animates, [animates.network], condition(), Noise([0])).peak_mib * 2**20
    assert found == pytest.approx(768 * 4, abs=64)


def test_the_second_time_costs_the_same():
    animates = Steps(2)
    first, second = (cost(animates, [animates.network], condition(), Noise([0])) for _ in range(2))
    assert first == second
