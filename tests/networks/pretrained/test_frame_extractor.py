import torch
from torch import nn

from kineograph.networks.pretrained.frame_extractor import FrameExtractor, chosen_frames


class Means(FrameExtractor):
    name, feature_dim = "means", 3

    def load(self):
        return nn.Flatten()

    def prepare(self, pictures):
        return pictures.mean(dim=(2, 3), keepdim=True)


def test_frames_are_spread_and_leave_out_the_given_one():
    assert chosen_frames(8, 4) == [2, 4, 5, 7]
    assert chosen_frames(16, 1) == [15]
    assert chosen_frames(1, 4) == [0]
    assert [chosen_frames(2, wanted) for wanted in (1, 4)] == [[1], [1]]
    assert [chosen_frames(3, wanted) for wanted in (1, 2, 4, 8)] == [[2], [1, 2], [1, 2], [1, 2]]
    for length in range(2, 20):
        for wanted in range(1, 9):
            places = chosen_frames(length, wanted)
            assert 0 not in places and places[-1] == length - 1 and len(places) <= wanted


def test_batches_grey_and_memory(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(b"")
    video = torch.rand(3, 8, 1, 4, 4) * 2 - 1
    one, two = Means(path, 4, 64), Means(path, 4, 5)
    features = one(video)
    assert torch.allclose(features[0, 1], ((video[0, 4] + 1) * 127.5).round().mean().expand(3), atol=1e-3)
    assert features is two(video)  # the same frames are not read again
    assert torch.allclose(features, two.features(video))
