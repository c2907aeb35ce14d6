"""Bringing the rows of all ranks together, also where a rank saw no clip."""

import torch
import torch.distributed as dist
from torch import Tensor


def gather_rows(rows: Tensor, group: dist.ProcessGroup | None = None) -> list[Tensor]:
    """The rows of every rank, in the order of ranks. Ranks may differ in the number of rows, down to none."""
    world = dist.get_world_size(group)
    kinds: list = [None] * world
    dist.all_gather_object(kinds, (tuple(rows.shape), rows.dtype), group=group)
    shapes = [shape for shape, _ in kinds]
    longest, dtype = max(kinds, key=lambda kind: (kind[0][0], len(kind[0])))  # an empty rank knows no shape
    padded = torch.zeros(longest, dtype=dtype, device=rows.device)
    if rows.numel():
        padded[: len(rows)] = rows
    gathered = [torch.empty_like(padded) for _ in range(world)]
    dist.all_gather(gathered, padded, group=group)
    return [whole[: shape[0]] for whole, shape in zip(gathered, shapes, strict=True)]
