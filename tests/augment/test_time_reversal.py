import pytest
import torch

from kineograph.augment.time_reversal import TimeReversal
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from tests.augment.drawn import moving


def test_clips_run_back_as_often_as_told_and_their_times_forwards():
    clip = moving(batch=40)
    made = TimeReversal(probability=0.5)(clip, Noise.at(0, 0, 40))
    back = [torch.equal(made.video[place], clip.video[place, [3, 2, 1, 0]]) for place in range(40)]
    same = [torch.equal(made.video[place], clip.video[place]) for place in range(40)]
    assert 10 < sum(back) < 30 and sum(back) + sum(same) == 40
    assert torch.equal(made.times, clip.times)
    again = TimeReversal(probability=0.5)(clip, Noise.at(0, 0, 40))
    assert torch.equal(made.video, again.video)


def test_never_and_always():
    clip = moving(batch=4)
    assert torch.equal(TimeReversal(probability=0)(clip, Noise.at(0, 0, 4)).video, clip.video)
    assert torch.equal(TimeReversal(probability=1)(clip, Noise.at(0, 0, 4)).video, clip.video.flip(1))
    with pytest.raises(UserError, match="probability is 2"):
        TimeReversal(probability=2)
