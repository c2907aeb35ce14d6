"""A convolution whose weights each frame's style scales, and demodulates (Karras et al. 2020, "StyleGAN2",
arXiv 1912.04958, equations 1 and 3)."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class ModulatedConv(nn.Module):
    """Scaling features before and after one shared convolution equals scaling the weights of each frame."""

    def __init__(self, *, dim_in: int, dim_out: int, kernel: int, style_dim: int, demodulate: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(dim_out, dim_in, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(dim_out))
        self.style = nn.Linear(style_dim, dim_in)
        self.demodulate = demodulate
        nn.init.normal_(self.style.weight, std=style_dim**-0.5)  # scales of 1 +- 1 for styles of size 1
        nn.init.ones_(self.style.bias)
        self.scale = 1 / math.sqrt(dim_in * kernel**2)

    def forward(self, x: Float[Tensor, "n d h w"], style: Float[Tensor, "n s"]) -> Float[Tensor, "n e h w"]:
        weight = self.weight * self.scale
        scale = self.style(style)  # n d
        y = F.conv2d(x * scale[:, :, None, None], weight, padding=weight.shape[-1] // 2)
        if self.demodulate:
            size = torch.einsum("nd,ed->ne", scale.square(), weight.square().sum(dim=(2, 3)))
            y = y * torch.rsqrt(size + 1e-8)[:, :, None, None]
        return y + self.bias[:, None, None]
