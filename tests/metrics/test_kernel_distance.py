import torch
from torch_fidelity.metric_kid import kernel_mmd, kid_features_to_metric

from kineograph.metrics.kernel_distance import kernel_distance, mean_across, mean_of_pairs
from kineograph.metrics.kernels.cubic import Cubic


def rows(n, seed, d=6):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_equals_torch_fidelity():
    x, y = rows(40, 1), rows(40, 2) + 1
    theirs = kernel_mmd(x.numpy(), y.numpy(), kid_kernel="poly", kid_kernel_poly_degree=3,
                        kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1.0)  # fmt: skip
    assert abs(float(kernel_distance(x, y, Cubic())) - theirs) < 1e-6


def test_unbiased_over_many_draws():
    values = torch.stack([kernel_distance(rows(12, 2 * k), rows(9, 2 * k + 1), Cubic()) for k in range(600)])
    assert abs(values.mean()) < 4 * values.std() / 600**0.5


def test_order_of_rows_does_not_matter():
    x, y = rows(10, 1), rows(7, 2)
    assert torch.isclose(kernel_distance(x, y, Cubic()), kernel_distance(x.flip(0), y.flip(0), Cubic()))


def test_means_by_hand():
    table = torch.tensor([[9.0, 1, 2], [1, 9, 4], [2, 4, 9]], dtype=torch.float64)
    counts = torch.tensor([[0.0, 1, 1], [1, 0, 0], [1, 0, 0]], dtype=torch.float64)  # rows 1 and 2 belong together
    weights = torch.tensor([[1.0, 1, 1], [2, 1, 0]], dtype=torch.float64)
    torch.testing.assert_close(mean_of_pairs(table, counts, weights), torch.tensor([1.5, 1.0], dtype=torch.float64))
    across = mean_across(table[:, :2], weights, torch.tensor([[1.0, 0], [1, 3]], dtype=torch.float64))
    torch.testing.assert_close(across, torch.tensor([4.0, (2 * (9 + 3) + (1 + 27)) / 12], dtype=torch.float64))


def test_weights_of_zero_and_one_choose_rows():
    x, y = rows(10, 1), rows(7, 2)
    of_x, of_y = (torch.arange(10) < 6)[None].double(), (torch.arange(7) < 5)[None].double()
    within = mean_of_pairs(Cubic()(x, x), 1 - torch.eye(10).double(), of_x)
    within += mean_of_pairs(Cubic()(y, y), 1 - torch.eye(7).double(), of_y)
    value = within - 2 * mean_across(Cubic()(x, y), of_x, of_y)
    assert torch.isclose(value[0], kernel_distance(x[:6], y[:5], Cubic()))


def test_the_kid_over_subsets_estimates_the_same_without_bias():
    """torch-fidelity's mean over random subsets scatters round our estimate from all rows, for equal and unequal."""
    for shift in (0.0, 0.5):
        x, y = rows(300, 1), rows(300, 2) + shift
        settings = {"kid_subsets": 400, "kid_subset_size": 40, "kid_kernel": "poly", "kid_kernel_poly_degree": 3,
                    "kid_kernel_poly_gamma": None, "kid_kernel_poly_coef0": 1.0, "rng_seed": 0, "verbose": False,
                    "kid_degree": 3, "kid_gamma": None, "kid_coef0": 1.0}  # fmt: skip
        theirs = kid_features_to_metric(x, y, **settings)
        error = theirs["kernel_inception_distance_std"] / 400**0.5
        assert abs(float(kernel_distance(x, y, Cubic())) - theirs["kernel_inception_distance_mean"]) < 4 * error
