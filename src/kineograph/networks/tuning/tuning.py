"""A few parameters that are lent to a large network while it is used."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


class Tuning(nn.Module, ABC):
    """Owns what learns; the network it is lent to is as it was before and after."""

    @abstractmethod
    def lend(self, network: nn.Module) -> list:
        """Changes the network; what is answered takes it back, by ``remove()``."""

    @contextmanager
    def on(self, network: nn.Module) -> Iterator[None]:
        """The network as tuned, inside the ``with``."""
        handles = self.lend(network)
        handles.append(network.register_forward_pre_hook(lambda *_: self()))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def forward(self) -> None:
        """Called at each pass of the network, so that passes can be counted."""
