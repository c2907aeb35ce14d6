"""A residual pair of 3x3 convolutions without normalisation, the identity at birth.

Zhang et al. 2019, "Fixup Initialization", section 3: the last convolution of each branch starts at zero.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class Residual(nn.Module):
    """A picture block: keeps channels and size. Lean on a CPU: two convolutions and nothing else."""

    def __init__(self, *, dim: int):
        super().__init__()
        self.first = nn.Conv2d(dim, dim, 3, padding=1)
        self.second = nn.Conv2d(dim, dim, 3, padding=1)
        nn.init.kaiming_normal_(self.first.weight)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Float[Tensor, "n d h w"]) -> Float[Tensor, "n d h w"]:
        return x + self.second(F.silu(self.first(F.silu(x))))
