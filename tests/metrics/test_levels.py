import torch

from kineograph.metrics.levels import motion_amount, to_levels


def test_ends_of_the_range_and_beyond():
    video = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0]).reshape(1, 5, 1, 1, 1)
    assert to_levels(video).flatten().tolist() == [0, 0, 128, 255, 255]


def test_motion_amount_of_a_fade():
    video = torch.stack([torch.full((3, 4, 4), 2 * level / 255 - 1) for level in (10, 13, 16)])[None]
    assert torch.allclose(motion_amount(video), torch.tensor([3.0]))
