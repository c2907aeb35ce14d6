import mpmath
import numpy as np
import pytest
import scipy.linalg
import torch
from torch_fidelity.metric_fid import fid_statistics_to_metric

from kineograph.metrics.frechet import frechet_distance, frechet_distance_of_rows


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


@pytest.mark.parametrize("seed", range(3))
def test_commuting_covariances_in_a_rotated_basis(seed):
    """One basis, any spectra (some eigenvalues 0): |m1 - m2|^2 + sum of (a - b)^2 over the standard deviations."""
    generator = torch.Generator().manual_seed(seed)
    basis = torch.linalg.qr(torch.randn(40, 40, generator=generator, dtype=torch.float64)).Q
    one, two = (torch.rand(40, generator=generator, dtype=torch.float64) * 3 for _ in range(2))
    one[:5], two[3:9] = 0, 0
    m1, m2 = (torch.randn(40, generator=generator, dtype=torch.float64) for _ in range(2))
    wanted = (m1 - m2).square().sum() + (one - two).square().sum()
    ours = frechet_distance(m1, basis @ one.square().diag() @ basis.T, m2, basis @ two.square().diag() @ basis.T)
    assert abs(float(ours - wanted)) < 1e-8 * max(1.0, float(wanted))


@pytest.mark.parametrize(("d", "n"), [(8, 4), (16, 9), (32, 12)])
def test_equals_fifty_digits_on_singular_covariances(d, n):
    (m1, c1), (m2, c2) = gaussian(n, d, 1), gaussian(n + 2, d, 2)
    assert torch.linalg.matrix_rank(c1) < d
    with mpmath.workdps(50):
        one, two = mpmath.matrix(c1.tolist()), mpmath.matrix(c2.tolist())
        values, vectors = mpmath.eigsy(one)
        root = vectors * mpmath.diag([mpmath.sqrt(max(v, 0)) for v in values]) * vectors.T
        crossed = root * two * root
        spread = mpmath.eigsy((crossed + crossed.T) / 2, eigvals_only=True)
        trace = sum(one[i, i] + two[i, i] for i in range(d)) - 2 * sum(mpmath.sqrt(max(v, 0)) for v in spread)
        apart = sum((mpmath.mpf(a) - mpmath.mpf(b)) ** 2 for a, b in zip(m1.tolist(), m2.tolist(), strict=True))
        wanted = float(trace + apart)
    assert float(frechet_distance(m1, c1, m2, c2)) == pytest.approx(wanted, rel=1e-6)


def test_equals_torch_fidelity_to_a_millionth_with_more_rows_than_twice_the_features():
    (m1, c1), (m2, c2) = gaussian(300, 64, 1), gaussian(280, 64, 2)
    stats = [{"mu": m.numpy(), "sigma": c.numpy()} for m, c in ((m1, c1), (m2, c2))]
    theirs = fid_statistics_to_metric(*stats, verbose=False)["frechet_inception_distance"]
    assert float(frechet_distance(m1, c1, m2, c2)) == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("n", [5, 16, 40])
def test_rows_give_what_their_moments_give(n):
    """Fewer rows than the 16 features, as many, and more."""
    x, y = (torch.randn(k, 16, generator=torch.Generator().manual_seed(k), dtype=torch.float64) for k in (n, n + 3))
    wanted = frechet_distance(x.mean(dim=0), x.T.cov(), y.mean(dim=0) + 2, y.T.cov())
    assert float(frechet_distance_of_rows(x, y + 2)) == pytest.approx(float(wanted), rel=1e-9)
    assert abs(float(frechet_distance_of_rows(x, x.flip(0)))) < 1e-9
