import torch

from kineograph.networks.blocks.axis_attention import SPACE
from kineograph.networks.blocks.axis_block import AxisBlock


def test_the_identity_at_birth_and_steered_by_its_frame():
    torch.manual_seed(0)
    block = AxisBlock(dim=8, num_heads=2, axis=SPACE)
    x, cond, angles = torch.randn(2, 3, 4, 8), torch.randn(2, 3, 8), torch.zeros(1, 1, 1, 1, 2)
    assert torch.equal(block(x, cond, angles), x)
    torch.nn.init.normal_(block.modulation.weight)
    answer = block(x, cond, angles)
    other = cond.clone()
    other[1, 2] = 0
    changed = (block(x, other, angles) != answer).flatten(2).any(dim=-1)
    assert changed.nonzero().tolist() == [[1, 2]]
