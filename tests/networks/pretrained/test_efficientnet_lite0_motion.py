import math

import torch

from kineograph.networks.pretrained.efficientnet_lite0_motion import EfficientNetLite0Motion, changes


def test_changes_by_hand():
    t = torch.arange(4.0)
    features = torch.stack([t, torch.tensor([0.0, 1.0, 0.0, 1.0])], dim=1)[None]
    mean_first, mean_second, slow, slower = changes(features)[0].split(2)
    assert mean_first.tolist() == [1, 1]
    assert mean_second.tolist() == [0, 2]
    wave = [math.cos((k + 0.5) * math.pi / 4) for k in range(4)]
    torch.testing.assert_close(slow[0], torch.tensor(sum(k * w for k, w in enumerate(wave)) / 4))
    assert abs(float(slower[0])) < 1e-6  # a straight course has no even part
    backward = changes(features.flip(1))[0].split(2)
    torch.testing.assert_close(backward[2], -slow)
    torch.testing.assert_close(backward[0], mean_first)


def test_stills_are_zero_and_pictures_do_not_matter():
    extractor = EfficientNetLite0Motion(size=32, batch_size=4)
    films = torch.rand(2, 1, 3, 16, 16, generator=torch.Generator().manual_seed(0)).expand(2, 3, 3, 16, 16) * 2 - 1
    row = extractor(films)
    assert row.shape == (2, extractor.feature_dim)
    assert float(row.abs().max()) < 1e-4
