"""A transformer block along one axis of a clip's tokens, steered by a vector a frame: adaLN-Zero (Peebles & Xie 2022,
arXiv:2212.09748, Fig. 3)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.networks.blocks.axis_attention import AxisAttention


class AxisBlock(nn.Module):
    """Attention along ``axis``, then a perceptron; scale, shift and gate come from the frame's vector."""

    def __init__(self, *, dim: int, num_heads: int, axis: str):
        super().__init__()
        self.modulation = nn.Linear(dim, 6 * dim)
        self.attention = AxisAttention(dim=dim, num_heads=num_heads, axis=axis)
        self.widen = nn.Linear(dim, 4 * dim)
        self.narrow = nn.Linear(4 * dim, dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(
        self,
        x: Float[Tensor, "b t n d"],
        cond: Float[Tensor, "b t d"],
        angles: Float[Tensor, "_ _ _ 1 half"],
    ) -> Float[Tensor, "b t n d"]:
        d = x.shape[-1]
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(cond)[:, :, None].chunk(6, dim=-1)  # b t 1 d
        y = shift1.addcmul(F.layer_norm(x, (d,)), 1 + scale1)
        x = x.addcmul(gate1, self.attention(y, angles))
        y = shift2.addcmul(F.layer_norm(x, (d,)), 1 + scale2)
        return x.addcmul(gate2, self.narrow(F.gelu(self.widen(y), approximate="tanh")))
