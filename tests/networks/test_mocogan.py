from functools import partial

import pytest
import torch
from torch import nn

from kineograph.core.random import Noise
from kineograph.networks.mocogan import Mocogan
from tests.networks.generators import SIDE, awake, obeys, told

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def small(cell: str) -> Mocogan:
    return Mocogan(
        channels=3,
        height=SIDE,
        width=SIDE,
        content_dim=5,
        motion_dim=4,
        num_classes=3,
        text_dim=4,
        dims=[8, 6],
        known_dim=3,
        cell=partial(CELLS[cell], hidden_size=7, batch_first=True),
    )


@pytest.mark.parametrize("cell", CELLS)
def test_obeys_the_contract(cell):
    obeys(awake(small(cell)), lengths=[4, 3, 7])


def test_gates_by_the_books():
    """One gate (rnn), three (gru), four (lstm): hidden * (input + hidden + 2 biases) each."""
    one = 7 * (5 + 7 + 2)
    assert [sum(p.numel() for p in small(cell).cell.parameters()) for cell in CELLS] == [one, 3 * one, 4 * one]


def test_motion_walks_on_and_never_back():
    net, given = awake(small("gru")), told(6)
    codes = net.sample_latent(given, Noise([1, 2]))
    assert codes.content.shape == (2, 5) and codes.motion.shape == (2, 6, 4)
    changed = codes._replace(motion=codes.motion.index_fill(1, torch.tensor([3]), 2.0))
    moved = (net(given, changed).video - net(given, codes).video).abs().amax(dim=(0, 2, 3, 4))
    assert torch.equal(moved[:3], torch.zeros(3)) and moved[3:].min() > 0


def test_the_clock_counts():
    net, given = awake(small("gru")), told(4)
    codes = net.sample_latent(given, Noise([1, 2]))
    slow = net(given._replace(times=given.times * 10), codes).video
    assert not torch.allclose(slow, net(given, codes).video)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_motion_is_remembered_over_many_frames_from_the_first_step(cell):
    """Neighbouring frames of the walk resemble each other, where torch's own gates forget within two."""
    torch.manual_seed(0)
    walk = small(cell).cell(torch.randn(200, 40, 5))[0][:, 10:]  # b t m
    walk = walk - walk.mean(dim=(0, 1))
    after = (walk[:, 1:] * walk[:, :-1]).mean() / walk.square().mean()
    assert after > 0.75
