"""R3GAN's block: widen by 1x1, a grouped 3x3, narrow by 1x1; no normalisation, the identity at birth (Huang et al.
2024, arXiv 2501.05441, section 3)."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

SLOPE = 0.2  # of the leaky rectifiers


class GroupedResidual(nn.Module):
    """Keeps channels and size. Biases stand in front of the rectifiers alone; the last convolution starts at zero."""

    def __init__(self, *, dim: int, expansion: int, group_dim: int, depth: int):
        super().__init__()
        inner = dim * expansion
        self.enter = nn.Conv2d(dim, inner, 1, bias=False)
        self.grouped = nn.Conv2d(inner, inner, 3, padding=1, groups=inner // group_dim, bias=False)
        self.leave = nn.Conv2d(inner, dim, 1, bias=False)
        self.enter_bias = nn.Parameter(torch.zeros(inner))
        self.grouped_bias = nn.Parameter(torch.zeros(inner))
        # Fixup (arXiv 1901.09321): with m layers a branch, L blocks, the first m - 1 shrink by L^(-1 / (2m - 2))
        gain = math.sqrt(2 / (1 + SLOPE**2)) * depth ** (-1 / 4)
        for layer in (self.enter, self.grouped):
            nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.weight[0].numel()))
        nn.init.zeros_(self.leave.weight)

    def forward(self, x: Float[Tensor, "n d h w"]) -> Float[Tensor, "n d h w"]:
        y = F.leaky_relu(self.enter(x) + self.enter_bias[:, None, None], SLOPE)
        y = F.leaky_relu(self.grouped(y) + self.grouped_bias[:, None, None], SLOPE)
        return x + self.leave(y)
