import pytest
import torch

from kineograph.losses.penalties.r1 import R1
from kineograph.networks.clip_discriminator import ClipDiscriminator
from kineograph.networks.initialisation.he import He
from tests.losses.turns import condition, judged


def make(spectral_norm: bool = False) -> ClipDiscriminator:
    torch.manual_seed(0)
    return ClipDiscriminator(
        channels=3,
        known_channels=3,
        dims=[4, 8, 8],
        time_strides=[1, 2],
        num_classes=5,
        negative_slope=0.2,
        gain=1.0,
        spectral_norm=spectral_norm,
        init=He(negative_slope=0.2, gain=1.0),
    )


@pytest.mark.parametrize(("t", "places"), [(1, 1), (4, 2), (5, 3)])
def test_shapes_and_features(t, places):
    scores, features = make(spectral_norm=True)(torch.randn(2, t, 3, 24, 16), condition(2, t, 3, 24, 16))
    assert scores.shape == (2, places, 6, 4)
    assert [feature.shape[1] for feature in features] == [4, 8, 8]


def test_the_order_of_the_frames_and_the_clock_count():
    told, video, network = condition(2, 4, 3, 16, 16), torch.randn(2, 4, 3, 16, 16), make()
    scores = network(video, told).scores
    assert not torch.allclose(scores.mean(), network(video.flip(1), told).scores.mean())
    assert not torch.allclose(scores, network(video, told._replace(times=told.times * 10)).scores)


def test_clips_do_not_see_each_other():
    told, video, network = condition(2, 4, 3, 16, 16), torch.randn(2, 4, 3, 16, 16), make()
    changed = video.clone()
    changed[1] = 0
    torch.testing.assert_close(network(video, told).scores[0], network(changed, told).scores[0])


def test_label_and_motion_count_once_learnt():
    told, video, network = condition(2, 4, 3, 16, 16), torch.randn(2, 4, 3, 16, 16), make()
    torch.nn.init.normal_(network.label.weight)
    torch.nn.init.normal_(network.motion.weight)
    scores = network(video, told).scores
    for other in (told._replace(label=torch.tensor([0, 4])), told._replace(motion=torch.tensor([0.1, 2.0]))):
        assert not torch.allclose(scores, network(video, other).scores)


def test_a_penalty_reaches_the_weights():
    told, video, network = condition(2, 4, 3, 16, 16), torch.randn(2, 4, 3, 16, 16), make()
    network(video, told).scores.square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    network.zero_grad()
    R1()(judged(lambda film: network(film, told), video)).backward()
    assert all(layer.weight.grad.abs().sum() > 0 for layer in network.layers)


def test_latents_are_judged_beside_a_picture_of_other_channels():
    network = ClipDiscriminator(
        channels=2,
        known_channels=3,
        dims=[4, 8],
        time_strides=[2],
        num_classes=5,
        negative_slope=0.2,
        gain=1.0,
        spectral_norm=True,
        init=He(negative_slope=0.2, gain=1.0),
    )
    told, latents = condition(2, 4, 3, 8, 8), torch.randn(2, 4, 2, 8, 8)
    assert network(latents, told).scores.shape == (2, 2, 4, 4)
    other = told._replace(known=told.mask * torch.randn(2, 4, 3, 8, 8))
    assert not torch.allclose(network(latents, told).scores, network(latents, other).scores)
