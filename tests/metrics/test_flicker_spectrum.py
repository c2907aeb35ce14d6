import math

import pytest
import torch

from kineograph.metrics.flicker_spectrum import FlickerSpectrum, fast_part


def film(levels):
    course = torch.as_tensor(levels, dtype=torch.float64)
    return (course / 127.5 - 1)[None, :, None, None, None].expand(1, len(course), 3, 4, 4).clone()


def test_one_cosine_counts_whole_or_not_at_all():
    length, height = 16, 40
    t = torch.arange(length) + 0.5
    for k in range(1, length):
        course = torch.cos(math.pi * k * t / length).double()
        answer = float(fast_part(film((128 + height * course).round())))  # rounding to levels leaves some 0.3
        wanted = height / math.sqrt(2) if k >= length // 2 else 0
        assert answer == pytest.approx(wanted, abs=0.4), k


def test_stills_and_fades_do_not_flicker_alternation_does():
    assert float(fast_part(film([7] * 8))) < 1e-12
    assert float(fast_part(film(range(0, 80, 10)))) < 1
    assert 9 < float(fast_part(film([100, 120] * 8))) <= 10


def test_parseval_over_both_halves():
    generator = torch.Generator().manual_seed(0)
    course = torch.randint(0, 255, (2,), generator=generator).double()
    mean = course.mean()
    assert float(fast_part(film(course))) == pytest.approx(float((course - mean).square().mean().sqrt()), abs=1e-6)


def test_as_a_metric(real, sample_of):
    metric = FlickerSpectrum(num_resamples=10, seed=0)
    metric.update(sample_of(real, real, range(12)))
    assert float(metric.compute()["value"]) == pytest.approx(float(fast_part(real).mean()), rel=1e-5)
    assert fast_part(real[:, :1]).isnan().all()
