"""What it costs to animate one clip: passes of the sampled networks, arithmetic and memory.

Counted, not timed, so that it is the same on every machine; seconds are the metric seconds_per_clip.
"""

import weakref
from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.weak import WeakIdKeyDictionary

from kineograph.core.protocols import Animates
from kineograph.core.random import Noise
from kineograph.core.types import Condition


class Cost(NamedTuple):
    """Of one clip, animated alone."""

    network_calls: int  # of the networks that are sampled, with guidance and every window
    gflop: float  # of matrix products, convolutions and attention, a multiplication and an addition counting two
    peak_mib: float  # the most that lived at once in tensors made on the way; without weights and kernels' scratch


class _Alive(TorchDispatchMode):
    """Bytes of the tensors made while it lasts, and the most there were at once."""

    def __init__(self):
        super().__init__()
        self.known = WeakIdKeyDictionary()
        self.now = self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        answer = func(*args, **(kwargs or {}))
        given = {id(leaf.untyped_storage()) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        for made in tree_leaves(answer):
            if isinstance(made, Tensor):
                storage = made.untyped_storage()
                if storage not in self.known and id(storage) not in given:  # a weight seen transposed is not made
                    size = storage.nbytes()
                    self.known[storage] = size
                    self.now += size
                    self.peak = max(self.peak, self.now)
                    weakref.finalize(storage, self.free, size)
        return answer

    def free(self, size: int) -> None:
        self.now -= size


def cost(animates: Animates, networks: Iterable[nn.Module], condition: Condition, noise: Noise) -> Cost:
    """Of the condition's one clip."""
    calls = 0

    def called(*_: Any) -> None:
        nonlocal calls
        calls += 1

    hooks = [network.register_forward_hook(called) for network in networks]
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as flops, _Alive() as alive:
            animates.animate(condition, noise)
    finally:
        for hook in hooks:
            hook.remove()
    return Cost(calls, flops.get_total_flops() / 1e9, alive.peak / 2**20)
