"""A convolution in space and time that never looks ahead (Yu et al. 2023, arXiv:2310.05737, section 3.2)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class CausalConv(nn.Conv3d):
    """3 x 3 in space; frame j of the answer sees the frames up to ``time_stride * j``, the first one stands for those
    before it. With ``time_kernel`` 1 it is a picture convolution.
    """

    def __init__(self, dim_in: int, dim_out: int, *, time_kernel: int, time_stride: int = 1, stride: int = 1):
        kernel, strides = (time_kernel, 3, 3), (time_stride, stride, stride)
        super().__init__(dim_in, dim_out, kernel, strides, padding=(0, 1, 1))
        nn.init.kaiming_normal_(self.weight, nonlinearity="linear")  # keeps the variance, as nothing normalises it
        nn.init.zeros_(self.bias)

    def forward(self, x: Float[Tensor, "b d t h w"]) -> Float[Tensor, "b e _ _ _"]:
        before = self.kernel_size[0] - 1
        return super().forward(F.pad(x, (0, 0, 0, 0, before, 0), mode="replicate") if before else x)
