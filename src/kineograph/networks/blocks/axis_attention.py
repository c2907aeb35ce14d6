"""Self-attention of a clip's tokens along space, along time, or both at once (Bertasius et al. 2021, arXiv:2102.05095,
Sec. 3: "space", "time", "joint space-time")."""

import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.networks.blocks.rotary import rotate

TIME, SPACE, SPACE_TIME = "(b n) heads t e", "(b t) heads n e", "b heads (t n) e"  # who attends to whom
SHORT = 32  # on a CPU the fused kernel is slower than a plain product below this length (8 against 14 GFLOP/s at 16)


class AxisAttention(nn.Module):
    """Multi-head attention of the tokens b t n d among those of a frame (SPACE), a place (TIME) or all (SPACE_TIME)."""

    def __init__(self, *, dim: int, num_heads: int, axis: str):
        super().__init__()
        self.num_heads = num_heads
        self.axis = axis
        self.qkv = nn.Linear(dim, 3 * dim)
        self.mix = nn.Linear(dim, dim)

    def forward(
        self,
        x: Float[Tensor, "b t n d"],
        angles: Float[Tensor, "_ _ _ 1 half"],  # rotary angles, broadcast over b t n heads
    ) -> Float[Tensor, "b t n d"]:
        qk, v = self.qkv(x).split([2 * x.shape[-1], x.shape[-1]], dim=-1)
        qk = rotate(rearrange(qk, "b t n (two heads e) -> b t n (two heads) e", two=2, heads=self.num_heads), angles)
        q, k = qk.chunk(2, dim=-2)  # b t n heads e
        v = rearrange(v, "b t n (heads e) -> b t n heads e", heads=self.num_heads)
        q, k, v = (rearrange(y, f"b t n heads e -> {self.axis}") for y in (q, k, v))  # groups heads length e
        if q.shape[-2] < SHORT and q.device.type == "cpu":
            scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
            y = scores.softmax(dim=-1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v)
        sizes = dict(zip("btn", x.shape, strict=False))
        return self.mix(rearrange(y, f"{self.axis} -> b t n (heads e)", **sizes))
