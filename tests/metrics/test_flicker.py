import torch

from kineograph.metrics.flicker import Flicker, there_and_back


def film(*levels):
    return torch.tensor(levels).float().reshape(1, -1, 1, 1, 1).expand(1, len(levels), 3, 4, 4) * 2 / 255 - 1


def test_stills_and_fades_do_not_flicker():
    assert there_and_back(film(9, 9, 9, 9)) == 0
    assert there_and_back(film(10, 20, 25, 90)) == 0


def test_alternation_is_its_full_step():
    assert there_and_back(film(100, 104, 100, 104)) == 4
    assert there_and_back(film(100, 110, 108)) == 2


def test_as_a_metric(real, sample_of):
    metric = Flicker(num_resamples=10, seed=0)
    metric.update(sample_of(real, real, range(12)))
    assert torch.isclose(metric.compute()["value"].float(), there_and_back(real).mean())
