import torch

from kineograph.data.clip_batches import ClipBatches
from kineograph.data.clip_reader import Window
from tests.data.counted import reader


def test_batches_in_order_the_last_one_smaller_and_again_the_same():
    windows = [Window(index, number, 0.1 * number, 1.0) for number in (0, 1) for index in range(3)]
    batches = ClipBatches(reader=reader(), windows=windows[:5], batch_size=2)
    first, again = list(batches), list(batches)
    assert len(batches) == len(first) == 3
    assert [len(clip.key) for clip in first] == [2, 2, 1]
    assert torch.cat([clip.key for clip in first]).tolist() == [0, 1_000_000, 2_000_000, 1, 1_000_001]
    assert all(torch.equal(one.video, other.video) for one, other in zip(first, again, strict=True))


def test_nothing_to_read():
    assert list(ClipBatches(reader=reader(), windows=[], batch_size=4)) == []
