import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.metrics.motion_distance import MotionDistance


def test_each_key_counts_once_in_any_order(real, fake, sample_of):
    once, twice = (MotionDistance(num_resamples=10, seed=0) for _ in range(2))
    once.update(sample_of(real, fake, range(12)))
    order = torch.tensor([5, 3, 4, 11, 10, 9, 0, 1, 2, 7, 8, 6])
    twice.update(sample_of(real[order], fake[order], order))
    twice.update(sample_of(real[:4], fake[:4], range(4)))
    assert once.compute() == twice.compute()


@pytest.mark.filterwarnings("ignore:The ``compute`` method")
def test_no_clips_is_said():
    with pytest.raises(UserError, match="no clips"):
        MotionDistance(num_resamples=10, seed=0).compute()
