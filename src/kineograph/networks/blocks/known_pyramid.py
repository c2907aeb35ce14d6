"""Features of the given pictures at halving sizes, for every frame those of the given frame nearest in time."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition
from kineograph.core.warp import nearest_known


class KnownPyramid(nn.Module):
    """One level each of ``dims``: the first in the pictures' size, each next one half as large.

    Zero for clips to which none is given. Only given frames are looked at, so a film costs what its pictures cost.
    """

    def __init__(self, *, channels: int, dims: list[int]):
        super().__init__()
        self.enter = nn.Conv2d(channels + 1, dims[0], 3, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(before, after, 4, stride=2, padding=1) for before, after in pairwise(dims))

    def forward(self, condition: Condition) -> list[Float[Tensor, "b t _ _ _"]]:
        b, t = condition.mask.shape[:2]
        given = condition.mask.amax(dim=(0, 2, 3, 4)).nonzero()[:, 0]  # frames known in any clip of the batch
        if len(given) == 0:
            given = given.new_zeros(1)
        some = condition.mask.amax(dim=(1, 2, 3, 4))[:, None, None, None, None]  # b 1 1 1 1: 0 where nothing is given
        x = self.enter(
            rearrange(torch.cat([condition.known, condition.mask], dim=2)[:, given], "b n c h w -> (b n) c h w")
        )
        levels = [x]
        for layer in self.down:
            x = layer(F.silu(x))
            levels.append(x)
        answer = []
        for level in levels:
            level = rearrange(level, "(b n) d h w -> b n d h w", b=b)
            frames = level.new_zeros(b, t, *level.shape[2:]).index_copy(1, given, level)
            answer.append(nearest_known(condition._replace(known=frames)) * some)
        return answer
