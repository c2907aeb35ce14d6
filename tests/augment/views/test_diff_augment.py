import pytest
import torch

from kineograph.augment.views.diff_augment import DRAWS, DiffAugment
from kineograph.core.random import Noise
from tests.augment.views.seen import given, shared, still

WHOLE = DiffAugment(colour=1.0, translation=0.125, cutout=0.5)


def test_one_draw_for_all_frames_of_a_clip():
    video = still()
    shared(WHOLE, video, WHOLE.draw(video, Noise([1, 2, 3]), 0))


def test_colours_by_hand():
    view = DiffAugment(colour=1.0, translation=0.0, cutout=0.0)
    video = torch.tensor([0.3, 0.0, -0.3]).reshape(1, 1, 3, 1, 1).expand(1, 2, 3, 4, 4)
    drawn = torch.full((1, DRAWS), 0.5)
    drawn[0, :3] = torch.tensor([0.7, 1.0, 0.75])  # brighter by 0.2, twice as saturated, 1.25 times the contrast
    seen, _ = view(video, given(video), drawn)
    torch.testing.assert_close(seen[0, 0, :, 0, 0], torch.tensor([0.8, 0.2, -0.4]) * 1.25)


def test_shift_and_hole_by_hand():
    view = DiffAugment(colour=0.0, translation=0.125, cutout=0.5)
    video = torch.arange(64.0).reshape(1, 1, 1, 8, 8) + 1
    drawn = torch.tensor([[0.5, 0.5, 0.5, 0.99, 0.0, 0.0, 0.0]])  # one down, one to the left; hole about the corner
    seen, told = view(video, given(video), drawn)
    by_hand = torch.zeros(8, 8)
    by_hand[1:, :7] = video[0, 0, 0, :7, 1:]
    by_hand[:2, :2] = 0  # half of four, the others lie outside
    assert torch.equal(seen[0, 0, 0], by_hand)
    assert torch.equal(told.mask[0, 0, 0], (by_hand > 0).float())


@pytest.mark.parametrize(
    ("size", "rows"),
    [
        (4, ["1000", "1100", "0110", "0011", "0001"]),  # two wide, its middle on any of five borders
        (6, ["110000", "111000", "011100", "001110", "000111", "000011"]),  # three wide, on any of six places
    ],
)
def test_the_hole_counted_by_hand(size, rows):
    view = DiffAugment(colour=0.0, translation=0.0, cutout=0.5)
    drawn = (torch.arange(len(rows)) + 0.5) / len(rows)
    hidden = view.hidden(size, drawn)
    assert ["".join(str(int(place)) for place in row) for row in hidden] == rows


def test_the_hole_of_half_a_picture():
    view = DiffAugment(colour=0.0, translation=0.0, cutout=0.5)
    assert view.hidden(32, torch.rand(1000, generator=torch.Generator().manual_seed(0))).sum(dim=1).max() == 16
    assert not DiffAugment(colour=0.0, translation=0.0, cutout=0.0).hidden(32, torch.rand(9)).any()


def test_gradients_pass():
    video = still().clone().requires_grad_(True)
    WHOLE(video, given(video.detach()), WHOLE.draw(video, Noise([1, 2, 3]), 0))[0].sum().backward()
    assert video.grad is not None and video.grad.abs().sum() > 0
