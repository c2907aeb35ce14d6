"""What each task gives, told by its mask, and what it withholds."""

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Clip
from kineograph.tasks.class_conditional import ClassConditional
from kineograph.tasks.image_to_video import ImageToVideo
from kineograph.tasks.interpolate import Interpolate
from kineograph.tasks.predict import Predict
from kineograph.tasks.unconditional import Unconditional

TOLD = {"tell_label": True, "tell_text": True, "tell_motion": True}
UNTOLD = {"tell_label": False, "tell_text": False, "tell_motion": False}


def clip(num_frames: int = 5) -> Clip:
    ramp = torch.linspace(-1, 1, num_frames)[None, :, None, None, None].expand(2, -1, 3, 4, 4)
    return Clip(
        video=ramp.clone(),
        times=(torch.arange(num_frames) / 10).expand(2, -1),
        label=torch.tensor([3, -1]),
        text=torch.ones(2, 2, 4),
        text_mask=torch.ones(2, 2, dtype=torch.bool),
        factors=torch.zeros(2, 1),
        key=torch.tensor([1, 2]),
    )


@pytest.mark.parametrize(
    ("task", "frames"),
    [
        (ImageToVideo(**TOLD), [1, 0, 0, 0, 0]),
        (Predict(num_known=2, **TOLD), [1, 1, 0, 0, 0]),
        (Interpolate(**TOLD), [1, 0, 0, 0, 1]),
        (ClassConditional(tell_label=True, tell_text=True, tell_motion=True), [0, 0, 0, 0, 0]),
        (Unconditional(), [0, 0, 0, 0, 0]),
    ],
)
def test_mask_and_known(task, frames):
    given = clip()
    condition = task(given)
    assert condition.mask.shape == (2, 5, 1, 4, 4)
    assert torch.equal(condition.mask[1, :, 0, 2, 3], torch.tensor(frames).float())
    assert torch.equal(condition.known, given.video * torch.tensor(frames)[:, None, None, None])
    assert condition.size == (4, 4) and condition.num_frames == 5 and condition.guide is None


def test_motion_is_mean_change_a_second():
    told = ImageToVideo(**TOLD)(clip())
    assert torch.allclose(told.motion, torch.full((2,), 0.5 / 0.1))
    assert told.label.tolist() == [3, -1] and told.text_mask.all()


def test_nothing_is_told_unasked():
    for condition in (ImageToVideo(**UNTOLD)(clip()), Unconditional()(clip())):
        assert condition.label.tolist() == [-1, -1]
        assert condition.motion.isnan().all() and not condition.text_mask.any()


def test_impossible_tasks():
    with pytest.raises(UserError, match="nothing to predict"):
        Predict(num_known=5, **UNTOLD)(clip())
    with pytest.raises(UserError, match="num_known"):
        Predict(num_known=0, **UNTOLD)
    with pytest.raises(UserError, match="at least 3"):
        Interpolate(**UNTOLD)(clip(2))
    assert ImageToVideo(**TOLD)(clip(1)).motion.tolist() == [0, 0]
