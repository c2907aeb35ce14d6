import torch

from kineograph.core.video import Film
from kineograph.postprocess.colour_match import ColourMatch


def drift(film):
    """How far the mean colour of the last frame is from that of the first."""
    mean = film.frames.double().mean(dim=(1, 2))
    return (mean[-1] - mean[0]).abs().max().item()


def damaged(film):
    """Colours that fade and turn blue, more with every frame."""
    share = torch.linspace(0, 1, len(film.frames))[:, None, None, None]
    frames = film.frames.float() * (1 - 0.25 * share) + share * torch.tensor([5.0, 10.0, 40.0])
    return film._replace(frames=frames.round().clamp(0, 255).to(torch.uint8))


def test_drifting_colours_come_back(moving, rmse):
    before = damaged(moving)
    after = ColourMatch(strength=1.0)(before)
    assert drift(before) > 5
    assert drift(after) < 0.6
    assert rmse(after, moving) < 0.3 * rmse(before, moving)
    half = ColourMatch(strength=0.5)(before)
    assert drift(after) < drift(half) < drift(before)


def test_the_first_frame_and_a_film_of_flat_colour_stay_sane(moving):
    assert torch.equal(ColourMatch(strength=1.0)(moving).frames[0], moving.frames[0])
    flat = moving._replace(frames=torch.full_like(moving.frames, 90))
    assert torch.equal(ColourMatch(strength=1.0)(flat).frames, flat.frames)
    assert torch.equal(ColourMatch(strength=0.0)(moving).frames, moving.frames)


def test_by_hand():
    first = torch.tensor([100, 140]).repeat_interleave(2).reshape(1, 2, 2, 1).expand(1, 2, 2, 3)
    second = torch.tensor([50, 70]).repeat_interleave(2).reshape(1, 2, 2, 1).expand(1, 2, 2, 3)
    film = Film(torch.cat([first, second]).to(torch.uint8), torch.tensor([0.0, 0.1]).double(), 10.0)
    assert torch.equal(ColourMatch(strength=1.0)(film).frames[1], film.frames[0])
    assert ColourMatch(strength=0.5)(film).frames[1, 0, 0, 0] == 75
