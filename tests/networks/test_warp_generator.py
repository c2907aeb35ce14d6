import torch

from kineograph.core.random import Noise
from kineograph.networks.motion_codec import MotionCodec
from kineograph.networks.warp_generator import WarpGenerator
from tests.networks.quickstart import condition, film


def generator() -> WarpGenerator:
    torch.manual_seed(0)
    codec = MotionCodec(channels=3, latent_channels=4, height=16, width=16, dim=8, decoder_dim=4, latent_noise=0.1)
    return WarpGenerator(
        codec=codec, known_channels=48, content_dim=3, frames_a_token=4, num_classes=2, dim=16, depth=1, num_heads=2
    )


def test_the_film_has_the_conditions_size():
    for size in ((16, 16), (32, 20)):
        told = condition(film(2, 4, *size), known=[0])
        net = generator()
        video, extras = net(told, net.sample_latent(told, Noise.at(0, 0, 2)))
        assert video.shape == told.known.shape
        assert extras["flow"].shape == (2, 4, 2, 16, 16)


def test_a_sample_does_not_depend_on_its_batch():
    net, told = generator(), condition(film(2, 4, 16, 16), known=[0])
    alone = type(told)(*(part[1:] if isinstance(part, torch.Tensor) else part for part in told))
    both = net(told, net.sample_latent(told, Noise([5, 6]))).video
    torch.testing.assert_close(net(alone, net.sample_latent(alone, Noise([6]))).video, both[1:])


def test_every_parameter_that_makes_the_film_is_used():
    net, told = generator(), condition(film(2, 4, 16, 16), known=[0])
    net(told, net.sample_latent(told, Noise.at(0, 0, 2))).video.sum().backward()
    used = [*net.trunk.parameters(), *net.codec.decoder.parameters()]
    assert all(parameter.grad is not None for parameter in used)
