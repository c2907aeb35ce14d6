import numpy as np
import scipy.linalg
import torch
from torch_fidelity.metric_fid import fid_statistics_to_metric

from kineograph.metrics.frechet import frechet_distance


def gaussian(n, d, seed):
    rows = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * (1 + seed)
    return rows.mean(dim=0), rows.T.cov()


def test_commuting_covariances_have_a_closed_form():
    one, two = torch.tensor([1.0, 4.0, 9.0]).double(), torch.tensor([4.0, 4.0, 1.0]).double()
    shift = torch.tensor([1.0, 0.0, 2.0]).double()
    wanted = 5 + (one.sqrt() - two.sqrt()).square().sum()
    assert torch.isclose(frechet_distance(shift, one.diag(), torch.zeros(3).double(), two.diag()), wanted)


def test_equals_torch_fidelity_and_scipy():
    (m1, c1), (m2, c2) = gaussian(50, 8, 1), gaussian(60, 8, 2)
    ours = float(frechet_distance(m1, c1, m2, c2))
    stats = [{"mu": m.numpy(), "sigma": c.numpy()} for m, c in ((m1, c1), (m2, c2))]
    theirs = fid_statistics_to_metric(*stats, verbose=False)["frechet_inception_distance"]
    root = np.trace(scipy.linalg.sqrtm((c1 @ c2).numpy()).real)
    by_scipy = float((m1 - m2).square().sum() + c1.trace() + c2.trace()) - 2 * root
    assert abs(ours - theirs) < 1e-6
    assert abs(ours - by_scipy) < 1e-6


def test_equal_singular_gaussians_are_at_no_distance():
    mean, covariance = gaussian(5, 16, 3)
    assert abs(frechet_distance(mean, covariance, mean, covariance)) < 1e-9


def test_no_spread_at_all():
    nothing = torch.zeros(4, 4)
    assert frechet_distance(torch.ones(4), nothing, torch.zeros(4), nothing) == 4
