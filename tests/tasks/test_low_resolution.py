"""The film given small or soft."""

import pytest
import torch
from torchvision.transforms.functional import gaussian_blur

from kineograph.core.errors import UserError
from kineograph.core.types import Clip
from kineograph.tasks.low_resolution import LowResolution

TOLD = {"noise": 0.0, "tell_first": False, "tell_label": False, "tell_text": False}


@pytest.fixture
def clip():
    video = torch.rand(2, 3, 3, 16, 12, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return Clip(video, (torch.arange(3) / 8).expand(2, 3), torch.tensor([0, 1]), torch.zeros(2, 1, 2),
                torch.ones(2, 1, dtype=torch.bool), torch.zeros(2, 0), torch.arange(2))  # fmt: skip


def test_the_guide_is_small_and_nothing_is_known(clip):
    condition = LowResolution(factor=4, blur=0.0, **TOLD)(clip)
    assert condition.guide.shape == (2, 3, 3, 4, 3) and not condition.mask.any() and (condition.label == -1).all()
    even = clip._replace(video=torch.full_like(clip.video, 0.3))
    torch.testing.assert_close(LowResolution(factor=4, blur=0.0, **TOLD)(even).guide, torch.full((2, 3, 3, 4, 3), 0.3))


def test_blur_is_that_of_torchvision(clip):
    guide = LowResolution(factor=1, blur=1.5, **TOLD)(clip).guide
    expected = gaussian_blur(clip.video.flatten(0, 1), [11, 11], [1.5, 1.5])  # reach 5 on either side
    torch.testing.assert_close(guide.flatten(0, 1), expected)


def test_the_first_frame_may_be_known(clip):
    condition = LowResolution(factor=2, blur=0.0, **(TOLD | {"tell_first": True}))(clip)
    assert torch.equal(condition.known[:, 0], clip.video[:, 0]) and not condition.mask[:, 1:].any()


def test_a_factor_larger_than_the_picture_is_told(clip):
    with pytest.raises(UserError, match="factor=32"):
        LowResolution(factor=32, blur=0.0, **TOLD)(clip)


def test_each_guide_has_noise_of_its_own_strength_whatever_its_batch(clip):
    task = LowResolution(factor=2, blur=0.0, **(TOLD | {"noise": 0.5}))
    many = Clip(*(field.repeat_interleave(40, dim=0) for field in clip))._replace(key=torch.arange(80))
    added = task(many).guide - LowResolution(factor=2, blur=0.0, **TOLD)(many).guide
    spread = added.std(dim=(1, 2, 3, 4))
    assert spread.min() < 0.1 < 0.4 < spread.max() < 0.6  # uniform from 0 to 0.5
    assert abs(spread.mean() - 0.25) < 0.05
    assert added.mean().abs() < 0.01
    one = task(Clip(*(field[7:8] for field in many))).guide
    assert torch.equal(one, task(many).guide[7:8])
    assert torch.equal(task(many).guide, task(many).guide)
