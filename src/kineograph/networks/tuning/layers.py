"""Whole layers learn, as AnimateDiff's motion modules do in a picture model that stays (arXiv:2307.04725, Sec. 4.2)."""

from typing import Any

import torch
from torch import nn

from kineograph.core.errors import UserError
from kineograph.networks.tuning.tuning import Tuning


class Layers(Tuning):
    """The change of every parameter whose name holds one of ``names``, zero at first.

    Raises UserError where no parameter's name does.
    """

    def __init__(self, *, network: nn.Module, prefix: str, names: list[str]):
        super().__init__()
        self.change = nn.ParameterDict(
            {
                name.replace(".", "/"): nn.Parameter(torch.zeros(parameter.shape, device="cpu"))
                for name, parameter in network.named_parameters()
                if any(part in f"{prefix}.{name}" for part in names)
            }
        )
        if not len(self.change):
            raise UserError(f"animator.tuning.names={names}: no parameter's name holds one of them")

    def lend(self, network: nn.Module) -> list:
        return [_Lent(network, key.replace("/", "."), change) for key, change in self.change.items()]


class _Lent:
    """One parameter that is a sum until it is taken back."""

    def __init__(self, network: nn.Module, name: str, change: Any):
        owner, _, self.leaf = name.rpartition(".")
        self.held = network.get_submodule(owner)._parameters
        self.before = self.held[self.leaf]
        self.held[self.leaf] = self.before + change.to(self.before)  # pyright: ignore[reportArgumentType]

    def remove(self) -> None:
        self.held[self.leaf] = self.before
