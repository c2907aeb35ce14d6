import pytest
import torch
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.frozen import Frozen
from kineograph.networks.feature_space_discriminator import FeatureSpaceDiscriminator
from kineograph.networks.pretrained.efficientnet_stages import EfficientNetStages
from tests.networks.judges import awake, film, obeys, told


class Eyes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 5, 4, stride=4), nn.Conv2d(5, 7, 2, stride=2)

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        fine = self.fine(pictures).tanh()
        return [fine, self.coarse(fine)]


def small(backbone: object, dims: list[int]) -> FeatureSpaceDiscriminator:
    return FeatureSpaceDiscriminator(backbone=backbone, feature_dims=dims, dim=6, num_classes=3, text_dim=4, gain=1.0)


def test_obeys_the_contract():
    network = awake(small(Frozen(identity="eyes of this test", load=Eyes), [5, 7]))
    obeys(network, heeds=("label", "caption", "motion"))
    assert network(film(), told()).scores.shape == (2, 4 * (4 * 4 + 2 * 2))


def test_the_backbone_is_no_part_of_it_and_passes_gradients_on():
    eyes = Frozen(identity="other eyes of this test", load=Eyes)
    network = awake(small(eyes, [5, 7]))
    assert not [name for name, _ in network.named_parameters() if "backbone" in name]
    assert not [name for name in network.state_dict() if "backbone" in name]
    video = film().requires_grad_(True)
    network(video, told()).scores.sum().backward()
    assert video.grad is not None and video.grad.abs().sum() > 0
    assert all(p.grad is None for p in eyes.on(torch.device("cpu")).parameters())


def test_grey_films_are_seen_as_colour():
    network = awake(small(Frozen(identity="eyes of this test", load=Eyes), [5, 7]))
    grey = film()[:, :, :1]
    torch.testing.assert_close(network(grey, told()).scores, network(grey.expand(-1, -1, 3, -1, -1), told()).scores)


def test_the_maps_of_a_network_that_comes_with_its_package():
    stages = EfficientNetStages(size=64, stages=[2, 4, 10])
    pictures = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)).requires_grad_(True)
    maps = stages(pictures)
    assert [tuple(found.shape) for found in maps] == [(2, 24, 16, 16), (2, 40, 8, 8), (2, 112, 4, 4)]
    maps[-1].square().sum().backward()
    assert pictures.grad is not None and pictures.grad.abs().sum() > 0
    whole = stages.frozen.on(pictures.device).network
    wide = torch.nn.functional.interpolate(
        pictures.detach(), size=(64, 64), mode="bilinear", align_corners=False, antialias=True
    )
    seen = []
    whole._blocks[10].register_forward_hook(lambda module, given, found: seen.append(found))
    whole.extract_features(wide)
    torch.testing.assert_close(maps[-1], seen[0])


def test_latents_are_refused():
    network = small(Frozen(identity="eyes of this test", load=Eyes), [5, 7])
    with pytest.raises(UserError, match="feature_space.* looks at pictures, and these have 8 channels"):
        network(film()[:, :, :1].expand(-1, -1, 8, -1, -1), told())
