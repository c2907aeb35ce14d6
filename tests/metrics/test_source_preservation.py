import torch

from kineograph.metrics.source_preservation import SourcePreservation, first_given


def small(video):
    return video[..., ::4, ::4].flatten(2)


def closeness(sample, extractor):
    metric = SourcePreservation(extractor=extractor, num_resamples=10, seed=0)
    metric.update(sample)
    return float(metric.compute()["value"])


def test_the_picture_itself_is_one_and_another_is_nothing(real, sample_of, extractor_of):
    pixels = extractor_of(small)
    still = real[:, :1].expand_as(real)
    assert abs(closeness(sample_of(real, still, range(12)), pixels) - 1) < 1e-6
    assert closeness(sample_of(real, still.roll(1, dims=0), range(12)), pixels) < 0.3


def test_nothing_given_is_nan(real, sample_of, extractor_of):
    sample = sample_of(real, real, range(12))
    nothing = sample.condition._replace(mask=torch.zeros_like(sample.condition.mask))
    assert torch.tensor(closeness(sample._replace(condition=nothing), extractor_of(small))).isnan()
    assert not first_given(nothing)[1].any()
