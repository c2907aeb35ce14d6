"""Small samples and an extractor without weights."""

import pytest
import torch

from kineograph.core.types import KEYS_PER_GROUP, Clip, Condition, Sample


class Means:
    """A clip's mean colours and mean absolute steps: 6 features a clip."""

    name, feature_dim, sha256 = "means", 6, "0"

    def __call__(self, video):
        return torch.cat([video.mean(dim=(1, 3, 4)), video.diff(dim=1).abs().mean(dim=(1, 3, 4))], dim=1)


class Frames:
    """What ``compute`` makes of a film, as an extractor."""

    name, feature_dim, sha256 = "frames", 3, "1"

    def __init__(self, compute):
        self.compute = compute

    def __call__(self, video):
        return self.compute(video)


def make_clip(video, groups, place=0):
    b, t = video.shape[:2]
    return Clip(
        video,
        (torch.arange(t) / 12).expand(b, t),
        torch.full((b,), -1),
        torch.zeros(b, 1, 1),
        torch.zeros(b, 1, dtype=torch.bool),
        torch.zeros(b, 0),
        torch.as_tensor(groups) * KEYS_PER_GROUP + place,
    )


def first_frame(clip):
    mask = torch.zeros_like(clip.video[:, :, :1])
    mask[:, 0] = 1
    untold = torch.full((len(clip.key),), torch.nan)
    return Condition(clip.video * mask, mask, clip.times, clip.label, clip.text, clip.text_mask, untold)


def make_sample(real, fake, groups):
    clip = make_clip(real, groups)
    return Sample(clip, first_frame(clip), fake, {}, clip.key, 0.5)


@pytest.fixture
def real():
    return torch.rand(12, 4, 3, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture
def fake():
    return torch.rand(12, 4, 3, 8, 8, generator=torch.Generator().manual_seed(2)) - 0.5


@pytest.fixture
def means():
    return Means()


@pytest.fixture
def extractor_of():
    return Frames


@pytest.fixture
def sample_of():
    return make_sample
