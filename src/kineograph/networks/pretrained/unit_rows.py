"""The rows whose squared distance is a perceptual one: features of several layers, each place's channels of length 1.

Zhang et al., arXiv:1801.03924, equation 1.
"""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn


class UnitRows(nn.Module):
    """Pictures -> the features at each tap, weighted so that places average; ``heads`` weigh a tap's channels."""

    def __init__(self, layers: nn.Sequential, taps: tuple[int, ...], heads: list[Float[Tensor, "_"]] | None):
        super().__init__()
        self.layers = layers[: taps[-1] + 1]
        self.taps = taps
        self.heads = nn.ParameterList(heads or [])  # none: every channel counts alike

    def forward(self, pictures: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n d"]:
        x, rows = pictures, []
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place in self.taps:
                unit = x / x.norm(dim=1, keepdim=True).clamp(min=1e-10)
                if len(self.heads):
                    unit = unit * self.heads[len(rows)].sqrt()[:, None, None]
                rows.append(rearrange(unit, "n c h w -> n (c h w)") / (x.shape[2] * x.shape[3]) ** 0.5)
        return torch.cat(rows, dim=1)
