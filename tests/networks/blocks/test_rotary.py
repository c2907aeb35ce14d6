import torch

from kineograph.networks.blocks.rotary import place_angles, rotate, time_angles


def test_products_depend_on_the_distance_alone():
    torch.manual_seed(0)
    q, k = torch.randn(2, 8, dtype=torch.float64)
    angles = time_angles(torch.arange(10, dtype=torch.float64)[None] / 12, 8)[0]
    turned_q, turned_k = rotate(q.expand(10, 8), angles), rotate(k.expand(10, 8), angles)
    products = turned_q @ turned_k.T
    for offset in (-3, 0, 2):
        diagonal = products.diagonal(offset)
        assert torch.allclose(diagonal, diagonal[:1].expand_as(diagonal))
    assert torch.allclose(turned_q.norm(dim=-1), q.norm().expand(10))


def test_places_are_told_by_row_and_column():
    angles = place_angles(3, 4, 8, torch.zeros(1)).reshape(3, 4, 4)
    assert angles[0, 0].abs().max() == 0
    assert torch.equal(angles[2, :, :2], angles[2, :1, :2].expand(4, 2))
    assert torch.equal(angles[:, 1, 2:], angles[:1, 1, 2:].expand(3, 2))
    assert (angles.flatten(0, 1).unique(dim=0).shape) == (12, 4)
