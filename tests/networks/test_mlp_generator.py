import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.networks.mlp_generator import MlpGenerator
from tests.networks.generators import SIDE, awake, make, obeys, told


def small(num_frames: int = 3) -> MlpGenerator:
    return MlpGenerator(
        num_frames=num_frames,
        channels=3,
        height=SIDE,
        width=SIDE,
        content_dim=5,
        num_classes=3,
        text_dim=4,
        dims=[8, 6],
    )


def test_obeys_the_contract():
    obeys(awake(small()), lengths=[3])


def test_a_film_of_another_shape_is_refused_in_one_line():
    with pytest.raises(UserError, match=r"films of \(3, 3, 8, 8\).*not of \(4, 3, 8, 8\)"):
        make(small(), told(4))


def test_parameters_and_values_by_hand():
    net = small(1)
    pixels = SIDE * SIDE
    assert sum(p.numel() for p in net.layers.parameters()) == 8 * 6 + 6
    assert net.leave.weight.numel() == 6 * 3 * pixels and net.known.weight.numel() == 4 * pixels * 8
    for parameter in net.parameters():
        torch.nn.init.zeros_(parameter)
    with torch.no_grad():
        net.layers[0].bias.fill_(-1.0)  # leaky: -0.2
        net.leave.weight.fill_(0.5)
    given = told(1)
    video = net(given, net.sample_latent(given, Noise([1, 2]))).video
    torch.testing.assert_close(video, torch.full_like(video, -0.6).tanh())  # 6 hidden * 0.5 * -0.2
