"""What motion is, by hand, and that what is not told is not there."""

import pytest
import torch

from kineograph.core.types import Clip
from kineograph.tasks.told import motion_of, tell


def clip() -> Clip:
    video = torch.zeros(2, 3, 1, 2, 2)
    video[0, 1], video[0, 2] = 0.5, 0.25  # changes of 0.5, then 0.25
    video[1, 1:, :, 0] = 1.0  # half of the pixels change by 1, then none
    return Clip(
        video=video,
        times=torch.tensor([0.0, 0.1, 0.3]).expand(2, -1),
        label=torch.tensor([3, 4]),
        text=torch.ones(2, 1, 2),
        text_mask=torch.ones(2, 1, dtype=torch.bool),
        factors=torch.zeros(2, 1),
        key=torch.tensor([1, 2]),
    )


def test_motion_by_hand():
    # (0.5 / 0.1 + 0.25 / 0.2) / 2 and (0.5 / 0.1 + 0) / 2
    torch.testing.assert_close(motion_of(clip().video, clip().times), torch.tensor([3.125, 2.5]))
    assert motion_of(clip().video[:, :1], clip().times[:, :1]).tolist() == [0, 0]


@pytest.mark.parametrize("told", [True, False])
def test_all_told_or_nothing(told):
    condition = tell(clip(), torch.tensor([False, True, False]), tell_label=told, tell_text=told, tell_motion=told)
    assert condition.mask.amax(dim=(2, 3, 4)).tolist() == [[0, 1, 0]] * 2
    assert condition.mask.amin(dim=(2, 3, 4)).tolist() == [[0, 1, 0]] * 2
    assert torch.equal(condition.known[:, 1], clip().video[:, 1]) and condition.known[:, [0, 2]].abs().max() == 0
    assert condition.label.tolist() == ([3, 4] if told else [-1, -1])
    assert condition.text_mask.all() if told else not condition.text_mask.any()
    assert torch.equal(condition.motion, torch.tensor([3.125, 2.5])) if told else condition.motion.isnan().all()
