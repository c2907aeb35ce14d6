import scipy.stats
import torch

from kineograph.metrics.wasserstein import wasserstein_distance, weighted_wasserstein_distance


def test_by_hand_and_by_scipy():
    x, y = torch.tensor([0.0, 1.0, 3.0]).double(), torch.tensor([5.0, 6.0, 8.0]).double()
    assert torch.isclose(wasserstein_distance(x, y), torch.tensor(5.0).double())
    x, y = torch.randn(17).double(), torch.randn(9).double() * 2
    assert abs(float(wasserstein_distance(x, y)) - scipy.stats.wasserstein_distance(x.numpy(), y.numpy())) < 1e-9


def test_equal_samples_in_another_order():
    x = torch.rand(8).double()
    assert wasserstein_distance(x, x.flip(0)) < 1e-12


def test_weights_repeat_numbers():
    x, y = torch.tensor([0.0, 4.0]).double(), torch.tensor([1.0]).double()
    weighted = weighted_wasserstein_distance(x, y, torch.tensor([[3.0, 1.0]]).double(), torch.ones(1, 1).double())
    assert torch.isclose(weighted[0], wasserstein_distance(torch.tensor([0.0, 0, 0, 4]).double(), y))
