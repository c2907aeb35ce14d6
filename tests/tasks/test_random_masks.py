"""Random masks: what is known follows from the clip alone, at the rates asked for."""

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Clip
from kineograph.tasks.infill import Infill
from kineograph.tasks.random_masks import RandomMasks
from tests.tasks.test_tasks import UNTOLD, clip


def many(count: int) -> Clip:
    one = clip(6)
    video = torch.rand(count, 6, 1, 2, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    repeated = (None if field is None else field[:1].expand(count, *field.shape[1:]) for field in one)
    return Clip(*repeated)._replace(video=video, key=torch.arange(count))


def test_past_and_future_are_given_at_their_rates_each_on_its_own():
    condition = RandomMasks(num_past=2, num_future=1, hidden=0.25, **UNTOLD)(many(2000))
    given = condition.mask[:, :, 0, 0, 0]
    assert (given[:, 2:5] == 0).all()
    past, future = given[:, 0], given[:, 5]
    assert abs(past.mean() - 0.75) < 0.04 and abs(future.mean() - 0.75) < 0.04
    assert abs(given[:, 1].mean() - 0.375) < 0.04  # 1 or 2 frames equally often
    assert abs((past * future).mean() - 0.75**2) < 0.04
    assert torch.equal(condition.known, many(2000).video * condition.mask)


def test_a_clips_mask_does_not_depend_on_its_batch_but_on_its_pixels():
    task, whole = RandomMasks(num_past=2, num_future=2, hidden=0.5, **UNTOLD), many(64)
    masks = task(whole).mask
    parts = [task(Clip(*(field[i : i + 1] for field in whole))).mask for i in range(64)]
    assert torch.equal(torch.cat(parts), masks)
    assert not torch.equal(task(whole._replace(video=-whole.video)).mask, masks)


def test_infill_knows_both_ends():
    condition = Infill(num_past=2, num_future=1, **UNTOLD)(clip(5))
    assert condition.mask[0, :, 0, 0, 0].tolist() == [1, 1, 0, 0, 1]
    with pytest.raises(UserError, match="nothing to fill in"):
        Infill(num_past=3, num_future=2, **UNTOLD)(clip(5))


def test_what_cannot_be():
    with pytest.raises(UserError, match="may be known"):
        RandomMasks(num_past=3, num_future=2, hidden=0.5, **UNTOLD)(clip(5))
    with pytest.raises(UserError, match="hidden=2.0"):
        RandomMasks(num_past=1, num_future=1, hidden=2.0, **UNTOLD)
