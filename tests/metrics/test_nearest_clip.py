import pytest
import torch

from kineograph.metrics.nearest_clip import closer, nearest


def rows(n, seed, d=8):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_nearest_by_hand_over_batches():
    found = nearest(torch.tensor([[0.0, 0], [9, 9]]), [torch.tensor([[3.0, 4], [8, 9]]), torch.tensor([[9.0, 8.5]])])
    assert found.place.tolist() == [0, 2]
    assert found.distance.tolist() == pytest.approx([(25 / 2) ** 0.5, 0.5 / 2**0.5])


def test_a_copy_is_at_no_distance_however_large_the_numbers():
    others = rows(50, 0).float() * 100 + 1000
    found = nearest(others[[7, 31]], others.split(8))
    assert found.place.tolist() == [7, 31] and found.distance.tolist() == [0, 0]


def test_fresh_samples_are_closer_as_often_as_the_quantile_says():
    train = rows(200, 0)
    found = [
        closer(nearest(rows(300, seed), [train]).distance, nearest(rows(300, -seed), [train]).distance,
               torch.arange(300), 0.05, 200, 0)
        for seed in range(1, 9)
    ]  # fmt: skip
    assert sum(share.value for share in found) / 8 == pytest.approx(0.05, abs=0.02)
    assert sum(share.low <= 0.05 <= share.high for share in found) >= 7


def test_copies_are_caught_and_their_number_is_told():
    """Every third generated row is a training row, a little blurred."""
    train, made = rows(200, 0), rows(300, 1)
    made[::3] = train[torch.arange(100)] + 0.01 * rows(100, 3)
    share = closer(
        nearest(made, [train]).distance, nearest(rows(300, 2), [train]).distance, torch.arange(300), 0.05, 200, 0
    )
    assert share.low > 0.05 and share.value == pytest.approx(1 / 3 + 2 / 3 * 0.05, abs=0.04)


def test_the_interval_resamples_groups():
    """Ten groups of thirty equal rows: far less certain than 300 rows of their own."""
    near, far = rows(300, 1, 1).abs().flatten(), rows(300, 2, 1).abs().flatten()
    each = closer(near, far, torch.arange(300), 0.05, 300, 0)
    alike = closer(near[:10].repeat(30), far[:10].repeat(30), torch.arange(10).repeat(30), 0.05, 300, 0)
    assert alike.high - alike.low > 2 * (each.high - each.low)
