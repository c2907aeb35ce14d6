import torch

from kineograph.metrics.kernels.cubic import Cubic


def test_by_hand():
    assert Cubic()(torch.tensor([[1.0, 3.0]]), torch.tensor([[2.0, 2.0]])).item() == (8 / 2 + 1) ** 3
