import torch

from kineograph.core.random import Noise
from kineograph.networks.conv_lstm import ConvLstm
from tests.networks.generators import awake, make, obeys, told


def small(motion_dim: int) -> ConvLstm:
    return ConvLstm(channels=3, motion_dim=motion_dim, num_classes=3, text_dim=4, dim=5, hidden_dim=6, depth=2)


def test_obeys_the_contract():
    obeys(awake(small(4)), lengths=[4, 3, 7])


def test_without_noise_every_seed_makes_the_same_film():
    net, given = awake(small(0)), told(4, known=[0])
    assert net.sample_latent(given, Noise([1, 2])).motion.shape == (2, 4, 0)
    assert torch.equal(make(net, given, [1, 2]), make(net, given, [3, 4]))


def test_a_cell_by_hand():
    """One feature, all weights zero, the gates' biases known: shut gates keep, open ones write."""
    net = ConvLstm(channels=3, motion_dim=0, num_classes=3, text_dim=4, dim=1, hidden_dim=1, depth=1)
    for parameter in net.parameters():
        torch.nn.init.zeros_(parameter)
    with torch.no_grad():
        net.cells[0].bias.copy_(torch.tensor([0.0, -1.0, 0.0, 50.0]))  # into 1/2, forget sigmoid(-1 + 1) = 1/2, out 1/2
        net.up.bias.fill_(0.0)
        net.up.weight.fill_(0.25)  # each fine pixel sums 4 coarse ones inside
        net.leave.weight[0].fill_(0.25)
    given = told(2)
    video = make(net, given)
    states = [0.5, 0.75]  # c1 = 1/2 tanh(50); c2 = c1 / 2 + 1/2
    hidden = [0.5 * torch.tensor(state).tanh() for state in states]
    changes = [torch.nn.functional.silu(h) for h in hidden]
    torch.testing.assert_close(video[0, 0, 0, 4, 4], changes[0])
    torch.testing.assert_close(video[0, 1, 0, 4, 4], changes[0] + changes[1])


def test_what_comes_later_does_not_count_unless_it_is_given():
    net, given = awake(small(4)), told(5, known=[0])
    codes = net.sample_latent(given, Noise([1, 2]))
    changed = codes._replace(motion=codes.motion.index_fill(1, torch.tensor([3]), 2.0))
    moved = (net(given, changed).video - net(given, codes).video).abs().amax(dim=(0, 2, 3, 4))
    assert torch.equal(moved[:3], torch.zeros(3)) and moved[3:].min() > 0
