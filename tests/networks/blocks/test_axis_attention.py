import pytest
import torch

from kineograph.networks.blocks.axis_attention import SHORT, SPACE, TIME, AxisAttention


@pytest.mark.parametrize("axis", [TIME, SPACE])
@pytest.mark.parametrize("length", [4, SHORT + 1])
def test_agrees_with_torchs_attention_along_its_axis(axis, length):
    torch.manual_seed(0)
    ours = AxisAttention(dim=8, num_heads=2, axis=axis)
    theirs = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    theirs.load_state_dict(
        {
            "in_proj_weight": ours.qkv.weight,
            "in_proj_bias": ours.qkv.bias,
            "out_proj.weight": ours.mix.weight,
            "out_proj.bias": ours.mix.bias,
        }
    )
    x = torch.randn(2, length, length, 8)
    answer = ours(x, torch.zeros(1, 1, 1, 1, 2))
    groups = x.movedim(axis, -2).flatten(0, 1)
    expected = theirs(groups, groups, groups)[0].unflatten(0, (2, length)).movedim(-2, axis)
    assert torch.allclose(answer, expected, atol=1e-5)
