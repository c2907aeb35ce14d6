import pytest
import torch
from torch_fidelity.metric_prc import prc_features_to_metric

from kineograph.core.errors import UserError
from kineograph.metrics.manifold import manifold
from kineograph.metrics.precision_recall import PrecisionRecall


def rows(n, seed, d=5):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def all_pairs(real, fake, k):
    n, m = len(real), len(fake)
    yes = torch.ones(n, m, dtype=torch.bool)
    return manifold(real, fake, k, ~torch.eye(n, dtype=torch.bool), ~torch.eye(m, dtype=torch.bool), yes)


def test_equals_torch_fidelity():
    real, fake = rows(70, 1), rows(50, 2) * 0.7 + 0.4
    for k in (1, 3, 5):
        theirs = prc_features_to_metric(fake, real, prc_neighborhood=k, prc_batch_size=10000, save_cpu_ram=False,
                                        verbose=False)  # fmt: skip
        ours = all_pairs(real, fake, k)
        assert float(ours.precision.mean()) == pytest.approx(theirs["precision"], rel=1e-6)
        assert float(ours.recall.mean()) == pytest.approx(theirs["recall"], rel=1e-6)


def test_density_and_coverage_by_hand():
    """On a line: real 0, 1, 3, 10 with balls of 1, 1, 2, 7; made 0.5, 2.5, 30."""
    real, fake = torch.tensor([[0.0], [1], [3], [10]]).double(), torch.tensor([[0.5], [2.5], [30]]).double()
    scores = all_pairs(real, fake, 1)
    assert scores.density.tolist() == [2, 1, 0]  # 0.5 in the balls of 0 and 1 (and 3? 2.5 apart, no); 2.5 in that of 3
    assert scores.coverage.tolist() == [1, 1, 1, 0]
    assert scores.precision.tolist() == [1, 1, 0]


def answer(real, fake, means, sample_of, groups, within=False):
    metric = PrecisionRecall(
        extractor=means, neighbours=2, pairs_within_groups=within, num_resamples=20, seed=0
    )  # fmt: skip
    metric.update(sample_of(real, fake, groups))
    return metric.compute()


def test_identical_rows_are_all_there_when_twins_count(real, means, sample_of):
    same = answer(real, real, means, sample_of, range(12), within=True)
    assert same["precision"] == same["recall"] == same["coverage"] == 1


def test_films_of_another_world_are_neither_precise_nor_varied(real, means, sample_of):
    still = torch.full_like(real, 0.9)
    apart = answer(real, still, means, sample_of, range(12))
    assert apart["precision"] == apart["density"] == apart["coverage"] == 0


def test_a_twin_is_no_neighbour_unless_asked_for(means, sample_of):
    """Films far apart from each other: only a film's own twin is near it."""
    far = torch.linspace(-1, 1, 8)[:, None, None, None, None].expand(8, 3, 3, 4, 4) ** 3
    made = far + 0.001
    assert answer(far, made, means, sample_of, range(8), within=True)["precision"] == 1
    assert answer(far, made, means, sample_of, range(8))["precision"] < 1


def test_too_few_groups(real, means, sample_of):
    with pytest.raises(UserError, match="do not have them"):
        answer(real[:2], real[:2], means, sample_of, [0, 1])
