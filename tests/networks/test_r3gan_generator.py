import math

import torch

from kineograph.networks.blocks.grouped_residual import GroupedResidual
from kineograph.networks.r3gan_generator import R3ganGenerator
from tests.networks.generators import SIDE, awake, make, obeys, told


def small() -> R3ganGenerator:
    return R3ganGenerator(
        channels=3,
        height=SIDE,
        width=SIDE,
        content_dim=5,
        motion_dim=16,
        num_waves=3,
        distance=0.25,
        shortest=0.2,
        longest=4,
        num_classes=3,
        text_dim=4,
        dims=[8, 4],
        num_blocks=2,
        expansion=2,
        group_dim=4,
        known_dim=3,
    )


def test_obeys_the_contract():
    obeys(awake(small()), lengths=[4, 3, 9])


def test_no_normalisation_and_blocks_that_begin_as_the_identity():
    net = small()
    assert not [m for m in net.modules() if "Norm" in type(m).__name__]
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(net.blocks[0](x), x)


def test_a_block_by_hand():
    torch.manual_seed(0)
    block = GroupedResidual(dim=2, expansion=2, group_dim=2, depth=1)
    assert sum(p.numel() for p in block.parameters()) == 2 * 4 + 4 + 4 * 2 * 9 + 4 + 4 * 2
    for parameter in block.parameters():
        torch.nn.init.ones_(parameter)
    x = torch.ones(1, 2, 3, 3)
    # widen: 1 + 1 + bias 1 = 3; the middle of the 3x3: 9 places of 2 features + 1 = 55; narrow: 4 of them, and x
    assert block(x)[0, :, 1, 1].tolist() == [1 + 4 * 55] * 2


def test_fixup_gain_shrinks_with_depth():
    torch.manual_seed(0)
    shallow, deep = (GroupedResidual(dim=64, expansion=2, group_dim=16, depth=depth) for depth in (1, 16))
    deep_gain, gain = deep.enter.weight.std().item(), shallow.enter.weight.std().item()
    assert abs(deep_gain / gain - 0.5) < 0.05
    assert abs(gain - math.sqrt(2 / 1.04 / 64)) < 0.01


def test_any_rate_shows_the_same_motion():
    net = awake(small())
    fast = told(9)._replace(times=torch.arange(9)[None].expand(2, -1) / 24)
    torch.testing.assert_close(make(net, told(5)), make(net, fast)[:, ::2], atol=1e-4, rtol=1e-4)
