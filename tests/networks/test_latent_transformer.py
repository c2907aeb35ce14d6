import pytest
import torch

from kineograph.networks.latent_transformer import LatentTransformer
from tests.networks.quickstart import condition, film


def denoiser(awake: bool = True) -> LatentTransformer:
    torch.manual_seed(0)
    net = LatentTransformer(channels=4, known_channels=3, frames_a_token=4, num_classes=3, dim=16, depth=2, num_heads=2)
    if awake:
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    return net


@pytest.mark.parametrize("num_frames", [3, 4, 8])
def test_any_number_of_frames_and_any_grid(num_frames):
    told = condition(film(2, num_frames, 3, 5), known=[0])
    noisy = torch.randn(2, num_frames, 4, 3, 5)
    assert denoiser()(noisy, torch.rand(2), told).shape == noisy.shape


def test_one_level_a_clip_is_the_same_level_in_every_frame():
    told, noisy, level = condition(film(2, 4, 3, 3), known=[0]), torch.randn(2, 4, 4, 3, 3), torch.rand(2)
    torch.testing.assert_close(denoiser()(noisy, level, told), denoiser()(noisy, level[:, None].expand(2, 4), told))


def test_label_motion_and_level_matter():
    net, told, noisy = denoiser(), condition(film(1, 4, 3, 3), known=[0]), torch.randn(1, 4, 4, 3, 3)
    plain = net(noisy, torch.tensor([0.5]), told)
    for other in (told._replace(label=torch.tensor([2])), told._replace(motion=torch.tensor([0.3]))):
        assert (net(noisy, torch.tensor([0.5]), other) - plain).abs().max() > 1e-4
    assert (net(noisy, torch.tensor([0.9]), told) - plain).abs().max() > 1e-4


def test_starts_at_zero_and_every_parameter_is_used():
    net, told, noisy = denoiser(awake=False), condition(film(1, 4, 3, 3), known=[0]), torch.randn(1, 4, 4, 3, 3)
    answer = net(noisy, torch.tensor([0.5]), told)
    assert answer.abs().max() == 0
    answer.sum().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())
