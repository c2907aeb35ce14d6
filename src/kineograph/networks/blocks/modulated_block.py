"""A transformer block steered by a condition vector: adaLN-Zero (Peebles and Xie 2023, "DiT", figure 3)."""

import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn


class ModulatedBlock(nn.Module):
    """Attention over all tokens, then a perceptron; scale, shift and gate of both come from the condition vector."""

    def __init__(self, *, dim: int, num_heads: int, cond_dim: int):
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.mix = nn.Linear(dim, dim)
        self.widen = nn.Linear(dim, 4 * dim)
        self.narrow = nn.Linear(4 * dim, dim)
        self.modulation = nn.Linear(cond_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(
        self,
        x: Float[Tensor, "b g n d"],  # g groups of n tokens, all attending to all
        cond: Float[Tensor, "b g e"],  # one vector a group
    ) -> Float[Tensor, "b g n d"]:
        d = x.shape[-1]
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(cond)[:, :, None].chunk(6, dim=-1)  # b g 1 d
        h = F.layer_norm(x, (d,)) * (1 + scale1) + shift1
        qkv = rearrange(self.qkv(h), "b g n (three heads d) -> three b heads (g n) d", three=3, heads=self.num_heads)
        q, k, v = qkv
        h = rearrange(F.scaled_dot_product_attention(q, k, v), "b heads (g n) d -> b g n (heads d)", g=x.shape[1])
        x = x + gate1 * self.mix(h)
        h = F.layer_norm(x, (d,)) * (1 + scale2) + shift2
        return x + gate2 * self.narrow(F.gelu(self.widen(h), approximate="tanh"))
