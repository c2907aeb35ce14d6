import torch

from kineograph.metrics.feature_rows import sides


def test_frames_with_features_are_rows_of_their_clips_group():
    real = torch.arange(12.0).reshape(2, 3, 2)
    groups, first, second = sides(torch.tensor([7, 9]), {"real": real, "fake": real + 100})
    assert groups.tolist() == [7, 7, 7, 9, 9, 9]
    assert first.dtype == torch.float64 and first.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]
    assert second[3].tolist() == [106, 107]


def test_clips_with_features_stay_rows():
    groups, first, _ = sides(torch.tensor([7, 9]), {"real": torch.eye(2), "fake": torch.eye(2)})
    assert groups.tolist() == [7, 9] and first.shape == (2, 2)
