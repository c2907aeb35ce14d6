"""A residual pair of causal convolutions without normalisation, which would look ahead; the identity at birth.

Zhang et al. 2019, "Fixup Initialization", section 3: the last convolution of each branch starts at zero.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.networks.blocks.causal_conv import CausalConv


class CausalResidual(nn.Module):
    """Keeps channels, frames and size."""

    def __init__(self, *, dim: int, time_kernel: int):
        super().__init__()
        self.first = CausalConv(dim, dim, time_kernel=time_kernel)
        self.second = CausalConv(dim, dim, time_kernel=time_kernel)
        nn.init.kaiming_normal_(self.first.weight)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Float[Tensor, "b d t h w"]) -> Float[Tensor, "b d t h w"]:
        return x + self.second(F.silu(self.first(F.silu(x))))
