import torch
import torch.nn.functional as F
from einops import rearrange

from kineograph.networks.blocks.space_time_residual import SpaceTimeResidual


def test_is_a_picture_and_a_time_convolution():
    torch.manual_seed(0)
    block = SpaceTimeResidual(dim=16, cond_dim=4)
    x = torch.randn(6, 16, 5, 7).contiguous(memory_format=torch.channels_last)
    cond = torch.zeros(2, 3, 4)
    assert torch.equal(block(x, cond), x)
    torch.nn.init.normal_(block.time.weight)
    torch.nn.init.zeros_(block.modulation.bias)
    y = F.silu(F.group_norm(block.space(F.silu(block.first_norm(x))), 2))
    y = rearrange(y, "(b t) d h w -> b d t h w", t=3)
    y = F.conv3d(y, block.time.weight[..., None], block.time.bias, padding=(1, 0, 0))
    answer = block(x, cond)
    assert torch.allclose(answer, x + rearrange(y, "b d t h w -> (b t) d h w"), atol=1e-5)
    assert answer.is_contiguous(memory_format=torch.channels_last)
