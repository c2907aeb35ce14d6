import pytest
import torch

from kineograph.core.video import Film
from kineograph.postprocess.smooth import Smooth

SMOOTH = Smooth(sigma=0.1, tolerance=30.0, preset=2)


def film_of(frames: torch.Tensor) -> Film:
    times = torch.arange(len(frames), dtype=torch.float64) / 12
    return Film(frames.clamp(0, 255).round().to(torch.uint8), times, 12.0)


def moving_square(num_frames: int = 9, size: int = 48) -> torch.Tensor:
    """2 pixels a frame to the right, with edges of 140 steps."""
    frames = torch.full((num_frames, size, size, 3), 60.0)
    for place in range(num_frames):
        frames[place, 16:32, 8 + 2 * place : 24 + 2 * place] = 200
    return frames


def edge(frames: torch.Tensor) -> float:
    """The steepest step of a row through the square."""
    return frames.float().diff(dim=2).abs().amax(dim=2)[:, 18:30].mean().item()


def test_what_moves_stays_sharp_where_a_plain_mean_over_time_blurs():
    square = moving_square()
    made = SMOOTH(film_of(square)).frames
    assert edge(square) == 140
    assert edge(made) > 0.97 * 140
    plain = (square[:-2] + square[1:-1] + square[2:]) / 3
    assert edge(plain) < 0.5 * 140


def test_grain_goes_down_and_the_edges_stay():
    square = moving_square()
    grain = 12 * torch.randn(square.shape, generator=torch.Generator().manual_seed(0))
    noisy = film_of(square + grain)
    made = SMOOTH(noisy).frames
    before, after = ((frames.float() - square).square().mean().sqrt().item() for frames in (noisy.frames, made))
    assert after < 0.65 * before  # four neighbours of full weight would leave 0.45
    assert edge(made) == pytest.approx(140, rel=0.05)


def test_what_is_there_in_one_frame_alone_and_what_stands_still_are_left_alone():
    frames = torch.full((5, 40, 40, 3), 77.0)
    assert torch.equal(SMOOTH(film_of(frames)).frames, film_of(frames).frames)
    frames[2] = 220  # a flash
    assert torch.equal(SMOOTH(film_of(frames)).frames, film_of(frames).frames)


def test_only_neighbours_in_time_count():
    square = film_of(moving_square())
    assert torch.equal(Smooth(sigma=0.04, tolerance=30.0, preset=2)(square).frames, square.frames)  # half a frame
    single = film_of(moving_square(1, 20))
    assert torch.equal(SMOOTH(single).frames, single.frames)
