"""A residual block of one spatial and one temporal convolution: (2+1)D (Tran et al. 2018, arXiv:1711.11248, Sec. 3.5).

Frames lie in the batch and channels last, so that the 1 x 3 x 3 convolution is a picture convolution and the 3 x 1 x 1
one is a picture convolution over (frames, pixels) of the same memory: nothing is copied between them.
"""

import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.networks.blocks.unet_widths import num_groups


class SpaceTimeResidual(nn.Module):
    """Keeps channels and size; the frame's vector scales and shifts the second norm. The identity at birth."""

    def __init__(self, *, dim: int, cond_dim: int):
        super().__init__()
        self.first_norm = nn.GroupNorm(num_groups(dim), dim)
        self.space = nn.Conv2d(dim, dim, 3, padding=1)
        self.modulation = nn.Linear(cond_dim, 2 * dim)
        self.second_norm = nn.GroupNorm(num_groups(dim), dim, affine=False)
        self.time = nn.Conv2d(dim, dim, (3, 1), padding=(1, 0))
        nn.init.zeros_(self.time.weight)
        nn.init.zeros_(self.time.bias)

    def forward(
        self,
        x: Float[Tensor, "n d h w"],  # channels last
        cond: Float[Tensor, "b t e"],
    ) -> Float[Tensor, "n d h w"]:
        num_frames, h = cond.shape[1], x.shape[-2]
        shift, scale = rearrange(self.modulation(cond), "b t d -> (b t) d 1 1").chunk(2, dim=1)
        y = self.space(F.silu(self.first_norm(x), inplace=True))
        y = F.silu(shift.addcmul(self.second_norm(y), 1 + scale), inplace=True)
        y = self.time(rearrange(y, "(b t) d h w -> b d t (h w)", t=num_frames))
        return x + rearrange(y, "b d t (h w) -> (b t) d h w", h=h)
