import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.video import Film
from kineograph.postprocess.close_loop import CloseLoop


def seam(film):
    """The jump from the last frame to the first, in units of the film's own mean step."""
    frames = film.frames.double()
    step = frames.diff(dim=0).abs().mean()
    return ((frames[0] - frames[-1]).abs().mean() / step).item()


def test_the_jump_at_the_seam_becomes_a_step(make_moving):
    film = make_moving(num_frames=14)  # a good half of its arc: the end is far from the start
    closed = CloseLoop(num_frames=4)(film)
    assert seam(film) > 3
    assert seam(closed) < 1.3
    assert len(closed.frames) == len(closed.times) == 10
    assert torch.equal(closed.frames[4:], film.frames[4:10])


def test_by_hand():
    frames = torch.tensor([0, 10, 20, 30, 90, 120]).to(torch.uint8)[:, None, None, None].expand(-1, 2, 2, 3)
    film = Film(frames.contiguous(), torch.arange(6, dtype=torch.float64) / 10, 10.0)
    assert CloseLoop(num_frames=2)(film).frames[:, 0, 0, 0].tolist() == [60, 47, 20, 30]


def test_a_film_too_short_is_refused(moving):
    with pytest.raises(UserError, match="9 frames, not 8"):
        CloseLoop(num_frames=4)(moving)
