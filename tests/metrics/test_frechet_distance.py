import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.metrics.frechet import frechet_distance
from kineograph.metrics.frechet_distance import FrechetDistance


def test_batches_add_up_to_the_whole(real, fake, means, sample_of):
    metric = FrechetDistance(extractor=means, num_resamples=2)
    for part in (slice(0, 5), slice(5, 12)):
        metric.update(sample_of(real[part], fake[part], range(12)[part]))
    x, y = means(real).double(), means(fake).double()
    wanted = frechet_distance(x.mean(dim=0), x.T.cov(), y.mean(dim=0), y.T.cov())
    assert torch.isclose(metric.compute()["value"], wanted)


def test_identical_films_are_at_no_distance(real, means, sample_of):
    metric = FrechetDistance(extractor=means, num_resamples=2)
    metric.update(sample_of(real, real, range(12)))
    assert abs(metric.compute()["value"]) < 1e-9


def test_one_frame_is_too_few(real, means, sample_of):
    metric = FrechetDistance(extractor=means, num_resamples=2)
    metric.update(sample_of(real[:1], real[:1], [0]))
    with pytest.raises(UserError, match="at least 2 frames"):
        metric.compute()


class Numbers:
    """The first numbers of each film, as an extractor."""

    name, feature_dim, sha256 = "numbers", 6, "3"

    def __call__(self, video):
        return video.flatten(1)[:, :6]


def answers(sample_of, seeds, n=40, shift=0.6):
    """Standard normal rows against rows moved by ``shift``: the true distance is 6 shift^2."""
    found = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        real, fake = (torch.randn(n, 2, 1, 2, 2, generator=generator) for _ in range(2))
        metric = FrechetDistance(extractor=Numbers(), num_resamples=10)
        metric.update(sample_of(real, fake + shift, range(n)))
        found.append(metric.compute())
    return {part: torch.stack([answer[part] for answer in found]) for part in found[0]}


def test_endless_data_have_less_bias_and_the_interval_is_as_wide_as_draws_differ(sample_of):
    """Over many draws the value lies above the truth by its bias, and the extrapolation round the truth."""
    found = answers(sample_of, range(100))
    truth = 6 * 0.6**2
    bias = found["value"].mean() - truth
    assert bias > 5 * found["value"].std() / 100**0.5
    assert abs(found["infinity"].mean() - truth) < max(3 * found["infinity"].std() / 100**0.5, 0.25 * bias)
    width = ((found["high"] - found["low"]) / 2).mean() / 2.262  # Student's factor for ten parts
    assert width == pytest.approx(float(found["value"].std()), rel=0.2)


def test_groups_are_left_out_whole(sample_of):
    """Ten copies of each film in its group tell no more than one of each."""
    generator = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(12, 2, 1, 2, 2, generator=generator) for _ in range(2))
    widths = []
    for copies in (1, 10):
        metric = FrechetDistance(extractor=Numbers(), num_resamples=6)
        for copy in range(copies):
            sample = sample_of(real, fake, range(12))
            metric.update(sample._replace(clip=sample.clip._replace(key=sample.clip.key + copy)))
        answer = metric.compute()
        widths.append(float(answer["high"] - answer["low"]))
    assert widths[1] == pytest.approx(widths[0], rel=0.3)


def test_few_groups_or_parts_have_no_interval(real, fake, means, sample_of):
    for count, parts in ((3, 10), (12, 2)):
        metric = FrechetDistance(extractor=means, num_resamples=parts)
        metric.update(sample_of(real[:count], fake[:count], range(count)))
        assert set(metric.compute()) == {"value"}
