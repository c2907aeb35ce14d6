import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Turn
from kineograph.losses.perceptual import Perceptual
from kineograph.networks.pretrained.efficientnet_stages import EfficientNetStages
from kineograph.networks.pretrained.squeeze11_stages import Squeeze11Stages


def turn(real: torch.Tensor, fake: torch.Tensor) -> Turn:
    return Turn(real, fake, None, None, {}, None, None, None)


def test_by_hand_with_a_backbone_of_two_channels():
    def backbone(frames):
        return [frames[:, :2], 3 * frames[:, :2]]  # the length does not matter

    real = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 1, 3, 1, 1)
    fake = torch.tensor([0.0, 0.5, 0.0]).reshape(1, 1, 3, 1, 1)
    assert Perceptual(backbone=backbone)(turn(real, fake)).item() == pytest.approx(2.0)  # unit vectors at right angles
    assert Perceptual(backbone=backbone)(turn(real, real)).item() == 0.0


@pytest.mark.parametrize(
    "backbone",
    [EfficientNetStages(size=32, stages=[2]), Squeeze11Stages(size=32, stages=[1, 4])],
    ids=["lite", "squeeze"],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_blur_costs_less_than_another_picture_and_the_film_gets_the_gradient(backbone, channels):
    torch.manual_seed(0)
    real = torch.rand(1, 2, channels, 32, 32) * 2 - 1
    near = (real + 0.05 * torch.randn_like(real)).requires_grad_()
    loss = Perceptual(backbone=backbone)
    close = loss(turn(real, near))
    close.backward()
    assert near.grad is not None and near.grad.abs().sum() > 0
    assert 0 < close < loss(turn(real, -real))


def test_latents_are_refused():
    latents = torch.zeros(1, 2, 8, 4, 4)
    with pytest.raises(UserError, match="perceptual looks at pictures, and these have 8 channels"):
        Perceptual(backbone=lambda frames: [frames])(turn(latents, latents))
