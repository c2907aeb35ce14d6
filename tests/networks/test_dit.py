import pytest
import torch

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.types import Condition
from kineograph.networks.dit import Dit


@pytest.fixture
def network() -> Dit:
    torch.manual_seed(0)
    return Dit(channels=3, known_channels=3, num_classes=2, patch=2, dim=16, depth=1, num_heads=2, checkpointing=False)


def awaken(network: torch.nn.Module) -> None:
    """Weights that are zero at birth would hide what reaches the answer."""
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)


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


@pytest.mark.parametrize("shape", [(1, 1, 3, 8, 8), (2, 5, 3, 6, 10)])
def test_any_length_and_size(network, make_condition, shape):
    awaken(network)
    condition = make_condition(shape)
    assert network(torch.randn(shape), torch.rand(shape[0]), condition).shape == shape


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


def test_a_size_that_patches_do_not_fill_is_refused(network, make_condition):
    condition = make_condition((1, 2, 3, 7, 8))
    with pytest.raises(UserError, match="patch=2"):
        network(torch.randn(1, 2, 3, 7, 8), torch.rand(1), condition)


def test_heads_that_cannot_be_rotated_are_refused():
    with pytest.raises(UserError, match="num_heads"):
        Dit(channels=3, known_channels=3, num_classes=2, patch=2, dim=12, depth=1, num_heads=2, checkpointing=False)


def test_only_the_distance_in_time_matters(network, condition):
    awaken(network)
    noisy, level = torch.randn_like(condition.known), torch.rand(2)
    later = condition._replace(times=condition.times + 5)
    assert torch.allclose(network(noisy, level, condition), network(noisy, level, later), atol=1e-4)


@pytest.mark.parametrize(("size", "millions"), [("s", 33), ("b", 130), ("l", 458), ("xl", 675)])
def test_the_sizes_of_the_paper(size, millions):
    """DiT, Table 1, at patch 2; counted without memory."""
    config = compose("train", ["animator=diffusion", f"animator/denoiser=dit_{size}"], []).config
    with torch.device("meta"):
        network = build(config.animator.denoiser)
    count = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    assert abs(count / millions - 1) < 0.03


def test_checkpointing_has_the_same_gradients(network, condition):
    awaken(network)
    noisy, level = torch.randn_like(condition.known), torch.rand(2)
    gradients = []
    for checkpointing in (False, True):
        network.checkpointing = checkpointing
        network.zero_grad()
        network(noisy, level, condition).square().mean().backward()
        gradients.append([parameter.grad.clone() for parameter in network.parameters()])
    assert all(torch.equal(kept, again) for kept, again in zip(*gradients, strict=True))


def test_checkpointing_keeps_less_for_the_way_back(network, condition):
    awaken(network)
    kept = []
    for checkpointing in (False, True):
        network.checkpointing = checkpointing
        count = 0

        def pack(tensor):
            nonlocal count
            count += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            network(torch.randn_like(condition.known), torch.rand(2), condition)
        kept.append(count)
    assert kept[1] < 0.5 * kept[0]
