"""How a network too large for one GPU is split over ranks ("FSDP", Zhao et al. 2023, arXiv:2304.11277; torch's
``fully_shard``), and how what is split is written and read as if it were whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor


def shard(network: nn.Module, mesh: DeviceMesh) -> None:
    """Each rank keeps its part of every parameter. The repeated blocks (the children of every ModuleList, and of lists
    inside it) are gathered one at a time, each for its own forward and backward; the rest of the network is one more
    unit.
    """
    network.to(memory_format=torch.contiguous_format)  # a part is cut from whole rows; channels_last weights have none
    for module in reversed(list(network.modules())):  # children before parents
        if isinstance(module, nn.ModuleList):
            for block in module:
                if not isinstance(block, nn.ModuleList) and any(True for _ in block.parameters()):
                    fully_shard(block, mesh=mesh)
    fully_shard(network, mesh=mesh)


@contextmanager
def gathered(*networks: nn.Module) -> Iterator[None]:
    """Whole within: ranks may then call the networks a different number of times. Every rank enters together."""
    units = [m for network in networks for m in network.modules() if isinstance(m, FSDPModule)]
    for unit in units:
        unit.set_reshard_after_forward(False, recurse=False)
        unit.unshard()
    yield
    for unit in units:
        unit.reshard()


def is_split(tree: Any) -> bool:
    """Whether some tensor inside is a part of a larger one."""
    if isinstance(tree, dict | list | tuple):
        return any(map(is_split, tree.values() if isinstance(tree, dict) else tree))
    return isinstance(tree, DTensor)


def whole(tree: Any) -> Any:
    """The same with every split tensor put together; every rank calls it together."""
    if isinstance(tree, dict):
        return {key: whole(child) for key, child in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(map(whole, tree))
    return tree.full_tensor() if isinstance(tree, DTensor) else tree


def split_like(tensor: Any, like: Any) -> Any:
    """This rank's part of a whole tensor, where ``like`` of the same shape is split; anything else as it is."""
    if isinstance(like, DTensor) and isinstance(tensor, Tensor) and tensor.shape == like.shape:
        return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements)
    return tensor
