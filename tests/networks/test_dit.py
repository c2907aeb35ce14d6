import pytest
import torch
import torch.nn.functional as F

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.networks.dit import Dit
from tests.networks.denoisers import awaken, obeys

FACTORISED, JOINT = ["space", "time"], ["space_time"]


def make(axes: list[str], dim: int = 16, depth: int = 1) -> Dit:
    torch.manual_seed(0)
    shape = {"channels": 3, "known_channels": 3, "num_classes": 2, "patch": 2}
    return Dit(**shape, dim=dim, depth=depth, num_heads=2, axes=axes, checkpointing=False)


@pytest.fixture(params=[FACTORISED, JOINT], ids=" ".join)
def network(request) -> Dit:
    return make(request.param)


def test_obeys_the_contract(network, condition):
    obeys(network, condition)


@pytest.mark.parametrize("shape", [(1, 1, 3, 8, 8), (2, 5, 3, 6, 10)])
def test_any_length_and_size(network, make_condition, shape):
    awaken(network)
    condition = make_condition(shape)
    assert network(torch.randn(shape), torch.rand(shape[0]), condition).shape == shape


def test_a_size_that_patches_do_not_fill_is_refused(network, make_condition):
    condition = make_condition((1, 2, 3, 7, 8))
    with pytest.raises(UserError, match="patch=2"):
        network(torch.randn(1, 2, 3, 7, 8), torch.rand(1), condition)


@pytest.mark.parametrize(("axes", "dim"), [(FACTORISED, 12), (JOINT, 24)])
def test_heads_that_cannot_be_rotated_are_refused(axes, dim):
    with pytest.raises(UserError, match="num_heads"):
        make(axes, dim)


@pytest.mark.parametrize("axes", [[], ["space", "joint"]])
def test_unknown_axes_are_refused(axes):
    with pytest.raises(UserError, match="space, time, space_time"):
        make(axes)


@pytest.mark.parametrize(("axis", "frames", "places"), [("space", 1, 16), ("time", 3, 1), ("space_time", 3, 16)])
def test_what_one_block_sees(axis, frames, places, condition):
    network = make([axis])
    awaken(network)
    noisy, level = torch.randn_like(condition.known).requires_grad_(), torch.rand(2)
    network(noisy, level, condition)[0, 0, 0, 0, 0].backward()
    seen = F.max_pool2d(noisy.grad[0].abs().amax(dim=1), 2) > 0  # t 4 4
    assert seen.any(dim=2).any(dim=1).sum() == frames and seen.any(dim=0).sum() == places
    assert seen.sum() == frames * places


def test_as_many_parameters_joint_as_factorised():
    counts = []
    for choice in ("dit", "dit_joint"):
        config = compose("train", ["animator=diffusion", f"animator/denoiser={choice}"], []).config
        with torch.device("meta"):
            counts.append(sum(parameter.numel() for parameter in build(config.animator.denoiser).parameters()))
    assert counts[0] == counts[1]


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


def test_blocks_add_to_whole_numbers_under_autocast(network, condition):
    """As in DiT's own training: eight bits would forget what a block adds to what many have added before."""
    awaken(network)
    heard = []
    for block in network.blocks:
        block.register_forward_hook(lambda block, told, answer: heard.append((told[0].dtype, answer.dtype)))
    with torch.autocast("cpu", torch.bfloat16):
        network(torch.randn_like(condition.known), torch.rand(2), condition)
    assert set(heard) == {(torch.float32, torch.float32)}
