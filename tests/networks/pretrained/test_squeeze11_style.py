import pytest
import torch

from kineograph.networks.pretrained.squeeze11 import as_caffe
from kineograph.networks.pretrained.squeeze11_style import TAPS, Squeeze11Style


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
    whole = sum(torch.outer(first[:, i, j], first[:, i, j]) for i in range(height) for j in range(width))
    whole = whole / (channels * height * width)
    assert float(rows[0, 1, : channels * (channels + 1) // 2].norm()) == pytest.approx(float(whole.norm()), rel=1e-4)
    torch.testing.assert_close(rows[0, 1, 0], whole[0, 0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(rows[0, 1, 1:channels], 2**0.5 * whole[0, 1:], rtol=1e-4, atol=1e-3)


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
