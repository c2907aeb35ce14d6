import pytest
import torch

from kineograph.core.types import Condition
from kineograph.networks.unet3d import Unet3d
from kineograph.networks.with_text import WithText


@pytest.fixture
def network() -> WithText:
    torch.manual_seed(0)
    inner = Unet3d(channels=3, known_channels=7, num_classes=2, cond_dim=16, widths=[8, 16], depths=[1, 1], num_heads=2)
    network = WithText(network=inner, text_dim=4, dim=8, text_channels=4)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return network


@pytest.fixture
def captioned(condition) -> Condition:
    return condition._replace(text=torch.randn(2, 2, 4), text_mask=torch.tensor([[True, True], [True, False]]))


def test_the_words_told_are_heard_and_no_others(network, captioned):
    noisy, level = torch.randn_like(captioned.known), torch.rand(2)
    answer = network(noisy, level, captioned)
    assert answer.shape == noisy.shape
    other = captioned.text.clone()
    other[1, 1] += 1  # a place that holds no word
    assert torch.equal(network(noisy, level, captioned._replace(text=other)), answer)
    other[:, 0] += 1
    changed = network(noisy, level, captioned._replace(text=other))
    assert ((changed - answer).abs().amax(dim=(1, 2, 3, 4)) > 1e-5).all()


def test_an_untold_caption_is_a_vector_of_its_own(network, captioned):
    noisy, level = torch.randn_like(captioned.known), torch.rand(2)
    untold = network(noisy, level, captioned.untold())
    again = network(noisy, level, captioned._replace(text=-captioned.text).untold())
    assert torch.equal(untold, again)
    assert not torch.allclose(untold, network(noisy, level, captioned), atol=1e-5)
    with torch.no_grad():
        network.untold += 1
    assert not torch.allclose(network(noisy, level, captioned.untold()), untold, atol=1e-5)


@pytest.mark.parametrize("told", [True, False])
def test_every_parameter_learns_in_every_use(network, captioned, told):
    condition = captioned if told else captioned.untold()
    network(torch.randn_like(condition.known), torch.rand(2), condition).square().mean().backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []
