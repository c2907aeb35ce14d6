"""A holder that keeps pretrained networks out of parameters, state dict, EMA and DDP."""

import weakref
from collections.abc import Callable, Hashable
from typing import Any

import torch
from torch import Tensor, nn


class Frozen:
    """A network that is used and never trained: not a Module, so nothing that walks modules sees it.

    It is loaded at first use, in evaluation mode and without gradients to its weights, on the device of its input.
    Holders of the same ``identity`` share one network, and what was computed from a tensor that still lives.
    """

    _networks: dict[tuple[Hashable, str], nn.Module] = {}
    _memory: dict[tuple[Hashable, int], tuple[weakref.ref, int, Tensor]] = {}

    def __init__(self, *, identity: Hashable, load: Callable[[], nn.Module]):
        self.identity = identity  # what makes two loaded networks equal: class, weights and settings
        self.load = load

    def on(self, device: torch.device) -> nn.Module:
        """The network on this device. Loading it leaves the global random state as it was."""
        place = (self.identity, str(device))
        if place not in self._networks:
            with torch.random.fork_rng(devices=[]), torch.inference_mode(False):
                network = self.load().requires_grad_(False).eval()
            self._networks[place] = network.to(device)
        return self._networks[place]

    def __call__(self, first: Tensor, *others: Any) -> Any:
        """The network's answer. Gradients flow to the inputs, never to the weights."""
        return self.on(first.device)(first, *others)

    def recall(self, tensor: Tensor, compute: Callable[[Tensor], Tensor]) -> Tensor:
        """``compute(tensor)``, computed once for as long as this very tensor lives unchanged.

        So several metrics share one pass over the same frames, and real clips kept between rows are read once.
        """
        place = (self.identity, id(tensor))
        version = 0 if tensor.is_inference() else tensor._version
        if place in self._memory:
            known, known_version, answer = self._memory[place]
            if known() is tensor and known_version == version:
                return answer
        answer = compute(tensor)
        memory = self._memory
        self._memory[place] = (weakref.ref(tensor, lambda _: memory.pop(place, None)), version, answer)
        return answer

    def __deepcopy__(self, memo: dict) -> "Frozen":
        return self
