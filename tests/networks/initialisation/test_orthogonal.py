import torch
from torch import nn

from kineograph.networks.initialisation.orthogonal import Orthogonal


def test_rows_are_orthogonal():
    layer = nn.Conv3d(4, 8, 3)
    Orthogonal(gain=0.5)(layer)
    rows = layer.weight.flatten(1)
    torch.testing.assert_close(rows @ rows.T, 0.25 * torch.eye(8), atol=1e-5, rtol=0)
    assert (layer.bias == 0).all()
