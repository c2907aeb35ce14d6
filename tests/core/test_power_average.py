import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.power_average import Profile, gamma_of, keep, product, shares

TIMES = torch.arange(1, 4001, dtype=torch.float64)


def density(profile: Profile) -> torch.Tensor:
    weight = torch.where(profile.images >= TIMES - 0.5, (TIMES - 0.5) ** profile.gamma, 0)
    return weight / weight.sum()


@pytest.mark.parametrize("sigma_rel", [0.05, 0.1, 0.2])
def test_sigma_rel_is_the_spread_of_the_profile(sigma_rel):
    weight = density(Profile(4000, gamma_of(sigma_rel)))
    mean = (weight * TIMES).sum()
    spread = (weight * (TIMES - mean) ** 2).sum().sqrt() / 4000
    assert spread == pytest.approx(sigma_rel, rel=2e-3)


def test_the_papers_gammas():
    assert gamma_of(0.05) == pytest.approx(16.97, abs=0.01)
    assert gamma_of(0.10) == pytest.approx(6.94, abs=0.01)


@pytest.mark.parametrize("sigma_rel", [-0.1, 0, 12**-0.5, 0.35, 1.0])
def test_a_memory_that_no_average_has_is_refused(sigma_rel):
    with pytest.raises(UserError, match=r"above 0 and below 0\.29"):
        gamma_of(sigma_rel)


def test_updates_make_the_profile():
    gamma, average = gamma_of(0.1), torch.zeros(4000, dtype=torch.float64)  # how much each step's weights count
    for step in range(1, 4001):
        kept = keep(1, step, gamma)
        average *= kept
        average[step - 1] += 1 - kept
    assert (average - density(Profile(4000, gamma))).abs().max() < 2e-3 * average.max() + 1e-6


def test_products_are_integrals():
    for a in (Profile(4000, 6.94), Profile(1500, 16.97), Profile(3000, 2.0)):
        for b in (Profile(4000, 6.94), Profile(2500, 3.5)):
            assert product(a, b) == pytest.approx((density(a) * density(b)).sum().item(), rel=1e-2)
            assert product(a, b) == product(b, a)


def test_a_held_average_is_made_of_itself():
    held = [Profile(1000, 6.94), Profile(2000, 6.94), Profile(2000, 16.97)]
    torch.testing.assert_close(shares(held, held[1]), torch.tensor([0.0, 1.0, 0.0]).double(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("sigma_rel", [0.04, 0.07, 0.15, 0.2])
def test_any_memory_out_of_snapshots_of_two(sigma_rel):
    """A known path of the weights: a drift, a curve and a wave; direct averaging is the judge."""
    path = torch.stack([TIMES / 4000, (TIMES / 4000) ** 2, torch.sin(TIMES / 900), (-TIMES / 700).exp()], dim=-1)
    path = torch.cat([path, torch.ones(len(path), 1)], dim=-1)  # and a weight that stands still
    held = [Profile(n, gamma_of(s)) for n in range(250, 4001, 250) for s in (0.05, 0.1)]
    parts = shares(held, Profile(4000, gamma_of(sigma_rel)))
    made = sum(part * (density(profile)[:, None] * path).sum(0) for part, profile in zip(parts, held, strict=True))
    direct = (density(Profile(4000, gamma_of(sigma_rel)))[:, None] * path).sum(0)
    nearest = (density(held[-1])[:, None] * path).sum(0)
    assert (made - direct).abs().max() < 4e-3  # the path runs over about 1
    assert (made - direct).abs().max() < 0.05 * (nearest - direct).abs().max()


@pytest.mark.parametrize("sigma_rel", [0.03, 0.15, 0.25])
@pytest.mark.parametrize("snapshots", [1, 3, 10])
def test_what_stood_still_comes_back(sigma_rel, snapshots):
    held = [Profile(2000 * n, gamma_of(s)) for n in range(1, snapshots + 1) for s in (0.05, 0.1)]
    parts = shares(held, Profile(2000 * snapshots, gamma_of(sigma_rel)))
    assert parts.sum() == pytest.approx(1, abs=1e-9)
