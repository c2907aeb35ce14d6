import torch

from kineograph.core.random import Noise
from kineograph.networks.dcgan_video import DcganVideo
from tests.networks.generators import SIDE, awake, obeys, told


def small(strides: list[int]) -> DcganVideo:
    return DcganVideo(
        channels=3,
        height=SIDE,
        width=SIDE,
        content_dim=5,
        motion_dim=4,
        num_classes=3,
        text_dim=4,
        dims=[8, 6],
        time_strides=strides,
        known_dim=3,
    )


def test_obeys_the_contract():
    obeys(awake(small([2, 1])), lengths=[5, 3, 8])


def test_a_code_for_every_coarse_moment_and_what_it_reaches():
    net = awake(small([2, 2]))
    assert net.start == (8, 2, 2) and net.frames_a_moment == 4
    given = told(33)
    codes = net.sample_latent(given, Noise([1, 2]))
    assert codes.content.shape == (2, 5) and codes.motion.shape == (2, 9, 4)
    for norm in net.norms:  # a norm spreads every code a little over the whole film
        norm.forward = lambda x: x
    changed = codes._replace(motion=codes.motion.index_fill(1, torch.tensor([4]), 3.0))
    moved = (net(given, changed).video - net(given, codes).video).abs().amax(dim=(0, 2, 3, 4))
    # moment 4 covers frames 16..19; kernel 4 with stride 2 reaches one further at each size: 2 + 1 frames
    assert moved[16:20].min() > 0 and (moved > 0).nonzero()[:, 0].tolist() == list(range(13, 23))
