import math

import torch

from kineograph.networks.uncertainty import Uncertainty


def test_changes_nothing_at_birth():
    error, level = torch.rand(3, 2), torch.rand(3, 2)
    assert torch.equal(Uncertainty(num_features=8).balanced(error, 1 - level, level), error)


def test_learns_the_logarithm_of_the_error_at_each_level_and_weighs_all_alike():
    """Where the error is 4 at one level and 1/4 at another, exp(-u) evens them out to 1."""
    torch.manual_seed(0)
    net = Uncertainty(num_features=8)
    sigma = torch.tensor([0.1, 10.0])
    alpha, error = torch.ones(2), torch.tensor([4.0, 0.25])
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        net.balanced(error, alpha, sigma).sum().backward()
        optimizer.step()
    torch.testing.assert_close(net(alpha, sigma), error.log(), atol=1e-2, rtol=0)
    least = (1 + math.log(4.0)) + (1 - math.log(4.0))  # by hand: exp(-ln e) e + ln e at each
    torch.testing.assert_close(net.balanced(error, alpha, sigma).sum().item(), least, atol=1e-3, rtol=0)


def test_the_logarithm_keeps_its_precision_under_autocast():
    torch.manual_seed(0)
    net = Uncertainty(num_features=8)
    torch.nn.init.normal_(net.leave.weight)
    alpha, sigma = torch.ones(16), torch.linspace(0.01, 80, 16)
    wanted = net(alpha, sigma)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(net(alpha, sigma), wanted)
