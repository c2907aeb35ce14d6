import torch

from kineograph.metrics.clip_mean import ClipMean


class Brightness(ClipMean):
    def per_clip(self, sample):
        number = sample.fake.mean(dim=(1, 2, 3, 4))
        return torch.where(number > 0, number, torch.nan)


def test_clips_without_the_number_are_left_out(real, sample_of):
    fake = torch.ones_like(real) * torch.linspace(-1, 1, 12)[:, None, None, None, None]
    metric = Brightness(20, 0)
    metric.update(sample_of(real, fake, range(12)))
    answer = metric.compute()
    assert torch.isclose(answer["value"], torch.linspace(-1, 1, 12)[6:].mean().double())
    assert answer["low"] <= answer["value"] <= answer["high"]


def test_nothing_to_measure_is_nan(real, sample_of):
    metric = Brightness(20, 0)
    metric.update(sample_of(real, -torch.ones_like(real), range(12)))
    assert metric.compute()["value"].isnan()
