import math

import pytest
import torch

from kineograph.metrics.style_distance import StyleDistance
from kineograph.networks.pretrained.squeeze11 import as_caffe
from kineograph.networks.pretrained.squeeze11_style import TAPS, Squeeze11Style

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


def test_gram_matrices_are_the_products_of_channels():
    """Against the layers themselves, pixel by pixel; a picture upside down has other features but a like style."""
    extractor = Squeeze11Style(size=32, num_frames=2, batch_size=3)
    video = torch.rand(2, 3, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    rows = extractor(video)
    assert rows.shape == (2, 2, extractor.feature_dim)
    layers = extractor.load().layers
    x = as_caffe(((video[:1, 2] + 1) * 127.5).round(), 32)
    with torch.no_grad():
        for place, layer in enumerate(layers):
            x = layer(x)
            if place == 1:
                first = x[0]
    channels, height, width = first.shape
    assert channels == TAPS[1]
    by_hand = sum(torch.outer(first[:, i, j], first[:, i, j]) for i in range(height) for j in range(width))
    torch.testing.assert_close(rows[0, 1, : channels**2].reshape(channels, channels), by_hand / (64 * height * width),
                               rtol=1e-4, atol=1e-3)  # fmt: skip


def test_style_is_not_content():
    """A film shifted by a whole period of its pattern, or mirrored noise, keeps its style; inverted colours do not."""
    extractor = Squeeze11Style(size=64, num_frames=1, batch_size=2)
    noise = torch.rand(1, 2, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    other = torch.rand(1, 2, 3, 64, 64, generator=torch.Generator().manual_seed(2)) * 2 - 1
    smooth = (
        torch.nn.functional.interpolate(other[0], scale_factor=1 / 8).repeat_interleave(8, 2).repeat_interleave(8, 3)
    )
    one, two, three = (extractor(film)[0, 0] for film in (noise, other, smooth[None]))
    assert 10 * (one - two).norm() < (one - three).norm()
