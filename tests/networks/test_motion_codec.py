import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.networks.motion_codec import MotionCodec
from tests.networks.quickstart import condition, film


def codec() -> MotionCodec:
    torch.manual_seed(0)
    return MotionCodec(channels=3, latent_channels=4, height=16, width=16, dim=8, decoder_dim=4, latent_noise=0.1)


def test_latents_have_the_declared_shape_at_any_size():
    for size in ((16, 16), (24, 40)):
        video = film(2, 5, *size)
        told = condition(video, known=[0])
        assert codec().encode(video, told).shape == (2, *codec().latent_shape(told))
        assert codec().decode(codec().encode(video, told), told).shape == video.shape


def test_observed_latents_are_normalised():
    net, video = codec(), film(2, 5, 16, 16)
    told = condition(video, known=[0])
    raw = net.reconstruct(video, told, Noise.at(0, 0, 2)).extras["latents"]
    net.observe(raw.detach(), told)
    latents = net.encode(video, told)[:, 1:]  # of the frames that have to be made
    torch.testing.assert_close(latents.mean(dim=(0, 1, 3, 4)), torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(latents.std(dim=(0, 1, 3, 4), correction=0), torch.ones(4), atol=1e-3, rtol=0)


def test_a_batch_with_something_given_in_every_frame_leaves_the_moments_alone():
    net, video = codec(), film(2, 4, 32, 32)
    before = {name: value.clone() for name, value in net.named_buffers()}
    told = condition(video, known=range(4))
    net.observe(net._motion(video, told), told)
    assert all(torch.equal(value, before[name]) for name, value in net.named_buffers())


def test_the_condition_is_folded_without_loss():
    video = film(1, 3, 16, 16)
    told = codec().encode_condition(condition(video, known=[0]))
    assert told.known.shape == (1, 3, 48, 4, 4)
    assert told.mask.shape == (1, 3, 1, 4, 4)
    unfolded = torch.nn.functional.pixel_shuffle(told.known[:, 0], 4)
    torch.testing.assert_close(unfolded, video[:, 0])
    assert told.known[:, 1:].abs().max() == 0


def test_reconstruction_reaches_every_parameter():
    net, video = codec(), film(2, 3, 16, 16)
    film_, extras = net.reconstruct(video, condition(video, known=[0]), Noise.at(0, 0, 2))
    film_.sum().backward()
    assert set(extras) == {"flow", "gate", "latents"}
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_a_given_frame_stands_still_whatever_the_denoiser_says_of_it():
    net, video = codec(), film(2, 3, 16, 16)
    told = net.encode_condition(condition(video, known=[1]))
    latents = torch.randn(2, *net.latent_shape(condition(video, known=[1])))
    held = net.project(latents, told)
    assert held[:, 1].abs().max() == 0
    assert torch.equal(held[:, ::2], latents[:, ::2])


def test_a_size_that_cells_do_not_fill_is_told():
    with pytest.raises(UserError, match="height=30 and width=32 must be multiples of 4"):
        MotionCodec(channels=3, latent_channels=4, height=30, width=32, dim=8, decoder_dim=8, latent_noise=0.1)
