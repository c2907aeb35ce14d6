import torch
from torchvision.models import squeezenet1_1

from kineograph.networks.pretrained.squeeze11 import as_caffe, squeezenet, weight_file
from kineograph.networks.pretrained.squeeze11_stages import Squeeze11Stages


def test_the_maps_are_those_of_the_network_layer_by_layer():
    pictures = torch.rand(2, 3, 40, 40) * 2 - 1
    maps = Squeeze11Stages(size=32, stages=[1, 4])(pictures)
    layers = squeezenet1_1(weights=None).features
    layers.load_state_dict(squeezenet(weight_file()).state_dict())
    with torch.no_grad():
        x = as_caffe((pictures + 1) * 127.5, 32)
        wanted = [layers[:2](x), layers[:5](x)]
    for found, expected in zip(maps, wanted, strict=True):
        torch.testing.assert_close(found, expected)


def test_the_gradient_reaches_the_pixels():
    pictures = torch.zeros(1, 3, 32, 32, requires_grad=True)
    Squeeze11Stages(size=32, stages=[1])(pictures)[0].sum().backward()
    assert pictures.grad is not None and pictures.grad.abs().sum() > 0
