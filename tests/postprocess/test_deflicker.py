import torch

from kineograph.core.video import Film
from kineograph.postprocess.deflicker import Deflicker


def film(frames: torch.Tensor) -> Film:
    return Film(frames, torch.arange(len(frames), dtype=torch.float64) / 12, 12.0)


def test_a_flickering_film_is_evened_out():
    base = torch.randint(60, 120, (1, 8, 8, 3)).repeat(9, 1, 1, 1)
    base[::2] += 30
    before = film(base.to(torch.uint8))
    after = Deflicker(window=3)(before)
    spread = [x.frames.float().mean(dim=(1, 2, 3)).std() for x in (before, after)]
    assert spread[1] < 0.5 * spread[0]
    assert after.fps == 12.0


def test_a_steady_film_and_a_black_one_stay_as_they_are():
    steady = film(torch.randint(0, 256, (1, 8, 8, 3)).to(torch.uint8).repeat(5, 1, 1, 1))
    assert torch.equal(Deflicker(window=5)(steady).frames, steady.frames)
    black = film(torch.zeros(3, 4, 4, 3, dtype=torch.uint8))
    assert torch.equal(Deflicker(window=5)(black).frames, black.frames)


def test_by_hand():
    frames = torch.stack([torch.full((2, 2, 3), value) for value in (50, 100, 150)]).to(torch.uint8)
    assert Deflicker(window=3)(film(frames)).frames[:, 0, 0, 0].tolist() == [75, 100, 125]


def test_a_frame_that_is_all_but_black_is_not_blown_up():
    frames = torch.full((5, 8, 8, 3), 60, dtype=torch.uint8)
    frames[0] = 0
    frames[0, 0, :2] = 1
    assert torch.equal(Deflicker(window=5)(film(frames)).frames, frames)


def test_what_moves_on_a_steady_ground_is_no_flicker():
    frames = torch.full((6, 16, 16, 3), 200, dtype=torch.uint8)
    for place in range(6):
        frames[place, 4:8, : 2 * place] = 20  # a bar that grows darkens the mean
    assert torch.equal(Deflicker(window=3)(film(frames)).frames, frames)
