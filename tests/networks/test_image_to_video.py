import torch

from kineograph.networks.image_to_video import ImageToVideo
from tests.networks.generators import awake, make, obeys, told


def small() -> ImageToVideo:
    return ImageToVideo(channels=3, content_dim=5, motion_dim=4, num_classes=3, text_dim=4, dims=[8, 8, 8], frame_dim=6)


def test_obeys_the_contract():
    obeys(awake(small()), lengths=[4, 3, 7])


def test_the_picture_reaches_every_frame_by_every_skip():
    net, given = awake(small()), told(4, known=[0])
    plain = make(net, given)
    for level in range(3):
        encoder = net.encoder.forward
        net.encoder.forward = lambda condition, level=level, encoder=encoder: [
            found * (place != level) for place, found in enumerate(encoder(condition))
        ]
        assert (make(net, given) - plain)[:, 1:].abs().amax(dim=(0, 2, 3, 4)).min() > 1e-5
        net.encoder.forward = encoder


def test_sizes_are_those_of_the_condition():
    net, given = awake(small()), told(3, known=[0])
    wide = given._replace(known=torch.randn(2, 3, 3, 12, 20), mask=torch.ones(2, 3, 1, 12, 20))
    assert make(net, wide).shape == (2, 3, 3, 12, 20)
