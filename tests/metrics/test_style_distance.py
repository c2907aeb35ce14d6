import math

import pytest
import torch

from kineograph.metrics.style_distance import StyleDistance

DRAWN = {"num_resamples": 20, "seed": 0}


class Colours:
    """Red and green of each frame's first pixel, as a style."""

    name, feature_dim, sha256 = "colours", 2, "8"

    def __call__(self, video):
        return video[:, :, :2, 0, 0]


def films(colours):
    """Two frames that differ by the same step to both sides of the colour."""
    video = torch.zeros(len(colours), 2, 3, 2, 2)
    video[:, :, :2] = torch.tensor(colours).float()[:, None, :, None, None]
    video[:, 0, :2] += 0.25
    video[:, 1, :2] -= 0.25
    return video


def score(sample_of, real, fake, groups):
    metric = StyleDistance(extractor=Colours(), **DRAWN)
    sample = sample_of(films(real), films(fake), groups)
    keys = sample.clip.key + torch.arange(len(groups))  # clips of one group are different clips
    metric.update(sample._replace(clip=sample.clip._replace(key=keys)))
    return {name: float(value) for name, value in metric.compute().items()}


def test_by_hand(sample_of):
    """Against the mean of the other groups: (0, 1) and (0, 1) for the first two clips, (3, 4) for the third."""
    real, groups = [[3, 4], [3, 4], [0, 1]], [0, 0, 1]
    found = score(sample_of, real, [[0, 1], [2, 1], [0, 0]], groups)
    assert found["value"] == pytest.approx((0 + 2 + 1) / 3)
    assert found["low"] <= found["value"] <= found["high"]
    floor = score(sample_of, real, real, groups)
    assert floor["value"] == pytest.approx((2 * 18**0.5 + 18**0.5 / 5) / 3)
    assert math.isnan(score(sample_of, real, real, [4, 4, 4])["value"])
