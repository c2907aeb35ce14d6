import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Condition
from kineograph.networks.frames_as_channels import FramesAsChannels


@pytest.fixture
def network() -> FramesAsChannels:
    torch.manual_seed(0)
    return FramesAsChannels(
        num_frames=3,
        channels=3,
        known_channels=3,
        num_classes=2,
        cond_dim=16,
        widths=[8, 16],
        depths=[1, 2],
        num_heads=2,
    )


def awaken(network: torch.nn.Module) -> None:
    """Weights that are zero at birth would hide what reaches the answer."""
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)


def test_silent_at_birth(network, condition):
    assert network(torch.randn_like(condition.known), torch.rand(2), condition).abs().max() == 0


@pytest.mark.parametrize("told", [True, False])
def test_every_parameter_learns_in_every_use(network, condition, told):
    if not told:
        condition = condition.untold()._replace(
            known=torch.zeros_like(condition.known), mask=torch.zeros_like(condition.mask)
        )
    network(torch.randn_like(condition.known), torch.rand(2), condition).square().mean().backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize("size", [(8, 8), (6, 10), (7, 9)])
def test_any_size(network, make_condition, size):
    awaken(network)
    shape = (1, 3, 3, *size)
    assert network(torch.randn(shape), torch.rand(1), make_condition(shape)).shape == shape


def test_another_length_is_refused(network, make_condition):
    with pytest.raises(UserError, match="rollout=overlap"):
        network(torch.randn(1, 4, 3, 8, 8), torch.rand(1), make_condition((1, 4, 3, 8, 8)))


def test_a_clip_does_not_depend_on_its_batch(network, condition):
    awaken(network)
    noisy, level = torch.randn_like(condition.known), torch.rand(2)
    both = network(noisy, level, condition)
    first = Condition(*(field[:1] if field is not None else None for field in condition))
    assert torch.allclose(network(noisy[:1], level[:1], first), both[:1], atol=1e-5)


def test_everything_told_is_heard(network, condition):
    awaken(network)
    noisy, level = torch.randn_like(condition.known), torch.rand(2)
    answer = network(noisy, level, condition)
    for other in (
        condition._replace(label=condition.label + 1),
        condition._replace(motion=torch.ones(2)),
        condition._replace(known=-condition.known),
        condition._replace(mask=1 - condition.mask),
        condition._replace(times=2 * condition.times),
    ):
        assert not torch.allclose(network(noisy, level, other), answer, atol=1e-4)
    assert torch.allclose(network(noisy, level[:, None].expand(-1, 3), condition), answer)
    assert not torch.allclose(network(noisy, level / 2, condition), answer, atol=1e-4)
    moved = network(torch.cat([noisy[:, :2], -noisy[:, 2:]], dim=1), level, condition)
    assert not torch.allclose(moved[:, 0], answer[:, 0], atol=1e-4)  # frames see each other
