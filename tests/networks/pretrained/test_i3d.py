"""A small TorchScript module with I3D's signature, made here: the real file cannot be had offline."""

import pytest
import torch
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.i3d import I3D

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.* is deprecated.*:FutureWarning")


class _Small(nn.Module):
    """400 numbers that tell what came in: mean level a channel, number of frames, and the three flags."""

    def forward(self, x: Tensor, rescale: bool = False, resize: bool = False, return_features: bool = False) -> Tensor:
        answer = torch.zeros(x.shape[0], 400)
        answer[:, :3] = x.mean(dim=(2, 3, 4))
        answer[:, 3] = x.shape[2]
        answer[:, 4] = float(int(rescale) + 2 * int(resize) + 4 * int(return_features))
        return answer


def made(path):
    torch.jit.script(_Small()).save(path)
    return str(path)


def test_levels_order_of_axes_and_flags(tmp_path):
    extractor = I3D(weights=made(tmp_path / "i3d.pt"), expected_sha256=None, batch_size=2)
    video = torch.zeros(3, 10, 3, 8, 8)
    video[:, :, 0], video[:, :, 2] = 1, -1
    features = extractor(video)
    assert features.shape == (3, extractor.feature_dim)
    assert features[0, :5].tolist() == [255, 128, 0, 10, 7]
    assert extractor(video[:, :, :1])[0, :3].tolist() == [255, 255, 255]


def test_missing_wrong_broken_and_short_are_told_in_one_line(tmp_path):
    with pytest.raises(UserError, match="nowhere.pt.*i3d_torchscript.pt.*clip_distance"):
        I3D(weights=str(tmp_path / "nowhere.pt"), expected_sha256=None, batch_size=2)
    path = made(tmp_path / "i3d.pt")
    with pytest.raises(UserError, match="i3d.pt.*is not the weight file.*clip_distance"):
        I3D(weights=path, expected_sha256="bec6519f", batch_size=2)
    (tmp_path / "words.pt").write_text("words")
    with pytest.raises(UserError, match="not a TorchScript file"):
        I3D(weights=str(tmp_path / "words.pt"), expected_sha256=None, batch_size=2)(torch.zeros(1, 16, 3, 8, 8))
    with pytest.raises(UserError, match="9 frames or more"):
        I3D(weights=path, expected_sha256=None, batch_size=2)(torch.zeros(1, 8, 3, 8, 8))
