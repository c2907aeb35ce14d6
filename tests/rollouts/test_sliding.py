import weakref

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.rollouts.overlap import Overlap
from kineograph.rollouts.sliding import Sliding


def grow(condition, noise):
    """Frame = the frame before + 1, from the last known one; known pixels stay."""
    video = condition.known.clone()
    given = condition.mask.amax(dim=(2, 3, 4)) > 0
    for frame in range(1, video.shape[1]):
        video[:, frame] = torch.where(given[:, frame, None, None, None], video[:, frame], video[:, frame - 1] + 1)
    return video


def told_first(make_condition, shape):
    told = make_condition(shape)
    mask = told.mask * (torch.arange(shape[1]) == 0)[None, :, None, None, None]
    return told._replace(known=torch.zeros_like(told.known), mask=mask)


@pytest.mark.parametrize("num_frames", [3, 6, 7, 8, 11, 14])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_windows_go_on_where_the_last_one_ended(num_frames, stride, make_condition):
    told = told_first(make_condition, (2, num_frames, 1, 2, 2))
    seen = []

    def animates(condition, noise):
        seen.append((condition, noise.seeds))
        return grow(condition, noise)

    film = Sliding(num_frames=6, num_known=2, stride=stride)(animates, told, Noise([1, 2]))
    expected = torch.arange(num_frames, dtype=torch.float32)[None, :, None, None, None].expand_as(film)
    assert torch.equal(film, expected)
    assert seen[0][1] == [1, 2]
    assert len({tuple(seeds) for _, seeds in seen}) == len(seen)
    for condition, _ in seen[1:]:
        assert condition.num_frames == 6
        assert (condition.mask[:, :2] == 1).all()
        assert torch.allclose(condition.times, torch.arange(6) / 12)
    assert len(seen) == 1 + max(0, -(-(num_frames - 6) // stride))


def test_kept_frames_have_a_future(make_condition):
    """A window that marks its frames by their place: kept are those just after the known ones."""
    told = told_first(make_condition, (1, 12, 1, 2, 2))
    place = torch.arange(6.0)[None, :, None, None, None]
    film = Sliding(num_frames=6, num_known=2, stride=2)(lambda c, _: place.expand_as(c.known), told, Noise([1]))
    assert film[0, :, 0, 0, 0].tolist() == [0, 1, 2, 3] + [2, 3] * 2 + [2, 3, 4, 5]


def test_a_stride_of_all_new_frames_is_overlap(make_condition):
    told = told_first(make_condition, (2, 11, 1, 2, 2))

    def animates(condition, noise):
        return torch.where(condition.mask > 0, condition.known, noise.normal(*condition.known.shape[1:]))

    ours = Sliding(num_frames=5, num_known=2, stride=3)(animates, told, Noise([1, 2]))
    assert torch.equal(ours, Overlap(num_frames=5, num_known=2)(animates, told, Noise([1, 2])))


class Living(TorchDispatchMode):
    """Counts the bytes of all tensors that operations have made and that still live, and their peak."""

    def __init__(self, given):
        super().__init__()
        self.given = {tensor.untyped_storage().data_ptr() for tensor in given if tensor is not None}  # not counted
        self.holders: dict[int, int] = {}  # storage -> living tensors on it
        self.bytes = self.peak = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage().data_ptr() not in self.given:
                storage, size = tensor.untyped_storage().data_ptr(), tensor.untyped_storage().nbytes()
                if storage not in self.holders:
                    self.bytes += size
                self.holders[storage] = self.holders.get(storage, 0) + 1
                weakref.finalize(tensor, self.let_go, storage, size)
        self.peak = max(self.peak, self.bytes)
        return out

    def let_go(self, storage, size):
        self.holders[storage] -= 1
        if not self.holders[storage]:
            del self.holders[storage]
            self.bytes -= size


def test_memory_grows_by_the_output_only(make_condition):
    def peak(num_frames):
        told = told_first(make_condition, (1, num_frames, 3, 16, 16))
        with Living(told) as living:
            Sliding(num_frames=6, num_known=2, stride=2)(grow, told, Noise([1]))
        return living.peak, told.known.nbytes

    (short, short_film), (long, long_film) = peak(20), peak(80)
    assert short > short_film  # the film itself is counted
    assert long - short <= 1.05 * (long_film - short_film)


def test_windows_that_would_never_move_on_are_refused():
    with pytest.raises(UserError, match="stride"):
        Sliding(num_frames=4, num_known=2, stride=3)
