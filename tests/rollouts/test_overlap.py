import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.rollouts.overlap import Overlap


def grow(condition, noise):
    """Frame = the frame before + 1, from the last known one; known pixels stay."""
    video = condition.known.clone()
    given = condition.mask.amax(dim=(2, 3, 4)) > 0
    for frame in range(1, video.shape[1]):
        fresh = video[:, frame - 1] + 1
        video[:, frame] = torch.where(given[:, frame, None, None, None], video[:, frame], fresh)
    return video


@pytest.mark.parametrize("num_frames", [3, 5, 6, 8, 9, 11])
def test_windows_go_on_where_the_last_one_ended(num_frames, make_condition):
    told = make_condition((2, num_frames, 1, 2, 2))
    mask = told.mask * (torch.arange(num_frames) == 0)[None, :, None, None, None]
    told = told._replace(known=torch.zeros_like(told.known), mask=mask)
    seen = []

    def animates(condition, noise):
        seen.append((condition, noise.seeds))
        return grow(condition, noise)

    film = Overlap(num_frames=5, num_known=2)(animates, told, Noise([1, 2]))
    expected = torch.arange(num_frames, dtype=torch.float32)[None, :, None, None, None].expand_as(film)
    assert torch.equal(film, expected)
    for condition, _ in seen[1:]:
        assert condition.num_frames == 5
        assert (condition.mask[:, :2] == 1).all()
        assert (condition.mask[:, 4:] == 0).all()
        assert torch.allclose(condition.times, torch.arange(5) / 12)
    assert len({tuple(seeds) for _, seeds in seen}) == len(seen)
    assert seen[0][1] == [1, 2]


def test_a_guide_as_long_as_the_film_is_cut_with_it(make_condition):
    told = make_condition((1, 8, 1, 2, 2))
    told = told._replace(guide=torch.arange(8.0)[None, :, None, None, None])
    seen = []

    def animates(condition, noise):
        seen.append(condition.guide.flatten().tolist())
        return condition.known

    Overlap(num_frames=5, num_known=2)(animates, told, Noise([1]))
    assert seen == [[0, 1, 2, 3, 4], [3, 4, 5, 6, 7]]


def test_windows_that_would_never_move_on_are_refused():
    with pytest.raises(UserError, match="num_known"):
        Overlap(num_frames=4, num_known=4)
