import torch

from kineograph.core.video import Film
from kineograph.postprocess.interpolate import Interpolate


def blob(centre: float, size: int = 48) -> torch.Tensor:
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    level = 230 * torch.exp(-((rows - size / 2) ** 2 + (columns - centre) ** 2) / 40)
    return level.round().to(torch.uint8)[..., None].repeat(1, 1, 3)


def test_the_new_frame_lies_between_its_neighbours():
    film = Film(torch.stack([blob(20), blob(26)]), torch.tensor([0.0, 0.5], dtype=torch.float64), 2.0)
    made = Interpolate(preset=2)(film)
    assert made.frames.shape == (3, 48, 48, 3)
    assert made.fps == 4.0
    assert made.times.tolist() == [0.0, 0.25, 0.5]
    assert torch.equal(made.frames[::2], film.frames)
    error = (made.frames[1].float() - blob(23).float()).abs().mean()
    blended = ((blob(20).float() + blob(26).float()) / 2 - blob(23).float()).abs().mean()
    assert error < 0.4 * blended


def test_tiny_films_and_single_frames():
    tiny = Film(torch.randint(0, 256, (2, 5, 7, 3), dtype=torch.uint8), torch.tensor([0.0, 1.0]).double(), 1.0)
    assert Interpolate(preset=0)(tiny).frames.shape == (3, 5, 7, 3)
    single = Film(tiny.frames[:1], tiny.times[:1], 1.0)
    assert torch.equal(Interpolate(preset=0)(single).frames, single.frames)
