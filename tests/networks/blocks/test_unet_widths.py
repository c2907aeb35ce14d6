import pytest

from kineograph.core.errors import UserError
from kineograph.networks.blocks.unet_widths import require_widths
from kineograph.networks.frames_as_channels import FramesAsChannels
from kineograph.networks.unet3d import Unet3d

REST = {"channels": 3, "known_channels": 3, "num_classes": 2, "cond_dim": 8}


@pytest.mark.parametrize(
    ("widths", "depths", "num_heads", "told"),
    [
        ([48, 200], [1, 1], 4, "200, is no multiple of 16"),
        ([100, 128], [1, 1], 4, "100 is no multiple of 8"),
        ([48, 64], [1], 4, "not of one length"),
        ([48, 64], [1, 1], 5, "64, is no multiple of 20"),
    ],
)
def test_sizes_that_no_layer_takes_are_told_in_one_line(widths, depths, num_heads, told):
    with pytest.raises(UserError, match=told):
        Unet3d(widths=widths, depths=depths, num_heads=num_heads, **REST)


def test_each_network_says_what_its_attention_needs():
    with pytest.raises(UserError, match="64, is no multiple of 5"):
        FramesAsChannels(num_frames=2, widths=[48, 64], depths=[1, 1], num_heads=5, **REST)
    FramesAsChannels(num_frames=2, widths=[48, 200], depths=[1, 1], num_heads=4, **REST)  # each can be built


@pytest.mark.parametrize("widths", [[4, 12, 20], [8, 16, 24]])
def test_small_ones_pass(widths):
    require_widths(widths, [1, 1, 1], 4)
