import pytest
import torch

from kineograph.networks.blocks.axis_attention import SHORT, SPACE, SPACE_TIME, TIME, AxisAttention


def along(axis: int):
    return lambda x: x.movedim(axis, -2).flatten(0, 1), lambda y, x: y.unflatten(0, (2, -1)).movedim(-2, axis)


WAYS = {  # into groups of tokens that see each other, and back
    TIME: along(1),
    SPACE: along(2),
    SPACE_TIME: (lambda x: x.flatten(1, 2), lambda y, x: y.reshape(x.shape)),
}


@pytest.mark.parametrize("axis", WAYS)
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
    into, back = WAYS[axis]
    groups = into(x)
    assert torch.allclose(answer, back(theirs(groups, groups, groups)[0], x), atol=1e-5)
