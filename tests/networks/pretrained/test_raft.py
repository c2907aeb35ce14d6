"""RAFT of random weights, beside torchvision's own call."""

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from torchvision.models.optical_flow import raft_small

from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.networks.pretrained.raft import Raft


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return raft_small(weights=None).eval()


@pytest.fixture
def raft(network, tmp_path):
    path = tmp_path / "raft.pth"
    torch.save(network.state_dict(), path)
    return Raft(size="small", weights=str(path), expected_sha256=None, num_updates=2)


def frames(height, width):
    drawn = np.random.default_rng(0)
    return [drawn.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(2)]


def test_range_and_shape_given_to_torchvision(raft, network):
    here, there = frames(128, 136)
    pictures = [torch.from_numpy(frame).permute(2, 0, 1)[None] / 127.5 - 1 for frame in (here, there)]
    with torch.no_grad():
        theirs = network(*pictures, num_flow_updates=2)[-1][0].permute(1, 2, 0)
    np.testing.assert_allclose(raft(here, there), theirs.numpy(), rtol=1e-5, atol=1e-5)


def test_small_frames_are_enlarged_and_the_flow_is_in_their_pixels(raft, network):
    """Each pixel twice: the flow of the enlarged frames, halved."""
    here, there = frames(64, 64)
    assert raft(here, there).shape == (64, 64, 2)
    grey = raft(here[..., 0], there[..., 0])
    coloured = raft(*(np.repeat(frame[..., :1], 3, axis=2) for frame in (here, there)))
    np.testing.assert_array_equal(grey, coloured)
    large = [
        torch.nn.functional.interpolate(torch.from_numpy(frame).permute(2, 0, 1)[None] / 127.5 - 1, scale_factor=2,
                                        mode="bilinear")
        for frame in (here, there)
    ]  # fmt: skip
    with torch.no_grad():
        flow = network(*large, num_flow_updates=2)[-1][0].permute(1, 2, 0) / 2
    mean = flow.reshape(64, 2, 64, 2, 2).mean(dim=(1, 3))  # bilinear to the half is the mean of four
    np.testing.assert_allclose(raft(here, there), mean.numpy(), rtol=1e-4, atol=1e-4)


def test_what_cannot_be_used_is_one_line(raft, tmp_path, repository):
    with pytest.raises(UserError, match="RAFT is small or large, not 'huge'"):
        Raft(size="huge", weights=str(raft.path), expected_sha256=None, num_updates=1)
    with pytest.raises(UserError, match="does not hold the tensors of RAFT; get raft_large"):
        Raft(size="large", weights=str(raft.path), expected_sha256=None, num_updates=1)
    config = OmegaConf.to_container(OmegaConf.load(repository / "conf/metrics/warping_error_raft.yaml"), resolve=True)
    with pytest.raises(UserError, match="need a weight file .* or use warping_error"):
        build(config["warping_error_raft"])
