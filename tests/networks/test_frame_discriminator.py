import pytest
import torch

from kineograph.networks.frame_discriminator import FrameDiscriminator
from kineograph.networks.initialisation.he import He
from kineograph.networks.initialisation.orthogonal import Orthogonal
from tests.losses.turns import condition


def make(dims: list[int] | None = None, spectral_norm: bool = False) -> FrameDiscriminator:
    torch.manual_seed(0)
    return FrameDiscriminator(
        channels=3,
        known_channels=3,
        dims=dims or [4, 8, 8],
        num_classes=5,
        negative_slope=0.2,
        spectral_norm=spectral_norm,
        init=He(negative_slope=0.2, gain=1.0),
    )


@pytest.mark.parametrize("size", [(16, 16), (24, 40)])
@pytest.mark.parametrize("t", [1, 3])
def test_shapes_and_features(size, t):
    scores, features = make()(torch.randn(2, t, 3, *size), condition(2, t, 3, *size))
    assert scores.shape == (2, t, size[0] // 4, size[1] // 4)
    assert [feature.shape[1] for feature in features] == [4, 8, 8]


def test_frames_are_judged_one_by_one():
    told, video, network = condition(2, 3, 3, 16, 16), torch.randn(2, 3, 3, 16, 16), make()
    changed = video.clone()
    changed[:, 2] = 0
    torch.testing.assert_close(network(video, told).scores[:, :2], network(changed, told).scores[:, :2])
    assert not torch.allclose(network(video, told).scores[:, 2], network(changed, told).scores[:, 2])


def test_the_given_picture_counts():
    told, video, network = condition(2, 3, 3, 16, 16), torch.randn(2, 3, 3, 16, 16), make()
    other = told._replace(known=told.mask * torch.randn(2, 3, 3, 16, 16))
    assert not torch.allclose(network(video, told).scores, network(video, other).scores)


def test_every_parameter_learns_and_the_label_counts_once_learnt():
    told, video, network = condition(2, 3, 3, 16, 16), torch.randn(2, 3, 3, 16, 16), make()
    network(video, told).scores.square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    torch.nn.init.normal_(network.label.weight)
    labelled = told._replace(label=torch.tensor([0, 4]))
    assert not torch.allclose(network(video, told).scores, network(video, labelled).scores)


def test_spectral_norm_bounds_every_weight():
    network = make(spectral_norm=True)
    for _ in range(30):  # a power iteration a pass
        network(torch.randn(1, 1, 3, 16, 16), condition(1, 1, 3, 16, 16))
    for layer in network.layers:
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2).item() == pytest.approx(1, rel=0.05)


def test_init_is_applied():
    network = FrameDiscriminator(
        channels=1,
        known_channels=1,
        dims=[8, 8],
        num_classes=0,
        negative_slope=0.2,
        spectral_norm=False,
        init=Orthogonal(gain=1.0),
    )
    rows = network.layers[1].weight.flatten(1)
    torch.testing.assert_close(rows @ rows.T, torch.eye(8), atol=1e-5, rtol=0)


def test_latents_are_judged_beside_a_picture_of_other_channels():
    network = FrameDiscriminator(
        channels=2,
        known_channels=3,
        dims=[4, 8],
        num_classes=5,
        negative_slope=0.2,
        spectral_norm=False,
        init=He(negative_slope=0.2, gain=1.0),
    )
    told, latents = condition(2, 3, 3, 8, 8), torch.randn(2, 3, 2, 8, 8)
    assert network(latents, told).scores.shape == (2, 3, 4, 4)
    other = told._replace(known=told.mask * torch.randn(2, 3, 3, 8, 8))
    assert not torch.allclose(network(latents, told).scores, network(latents, other).scores)
