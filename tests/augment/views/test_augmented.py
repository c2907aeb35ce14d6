import math

import pytest
import torch
from torch import nn

from kineograph.augment.views.augmented import AugmentedView, diagonal, shift, turn
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from tests.augment.views.seen import given, shared, still


class Chance(nn.Module):
    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, images_seen: int) -> torch.Tensor:
        return torch.tensor(self.probability)

    def adapt(self, confidence: torch.Tensor, images: int) -> None:
        self.heard = (confidence, images)


def view(probability: float, blit: bool = True, geometry: bool = True, colour: bool = True) -> AugmentedView:
    return AugmentedView(chance=Chance(probability), blit=blit, geometry=geometry, colour=colour)


def seen(place: torch.Tensor, video: torch.Tensor) -> torch.Tensor:
    """What the view makes of a film by this matrix."""
    drawn = torch.cat([place[:, :2].flatten(1), torch.eye(4)[:3].flatten()[None].expand(len(place), -1)], dim=1)
    return view(1.0)(video, given(video), drawn)[0]


def test_one_draw_for_all_frames_of_a_clip():
    video = still()
    whole = view(1.0)
    shared(whole, video, whole.draw(video, Noise([1, 2, 3]), 0))


def test_a_chance_of_zero_changes_nothing():
    video = still(height=12, width=20)
    drawn = view(0.0).draw(video, Noise([1, 2, 3]), 0)
    torch.testing.assert_close(view(0.0)(video, given(video), drawn)[0], video, atol=1e-5, rtol=0)


def test_the_chance_is_how_often_a_thing_happens():
    video = still(400, 1, 3, 64, 2)
    drawn = view(0.3, geometry=False, colour=False).draw(video, Noise(list(range(400))), 0)
    plain = (drawn[:, :6] - torch.eye(3)[:2].flatten()).abs().amax(dim=1) < 1e-6
    # untouched: no mirror (0.3 / 2), no quarter turn (0.3 * 3/4), no shift (0.3)
    assert abs(plain.float().mean() - 0.85 * 0.775 * 0.7) < 0.06


@pytest.mark.parametrize(
    ("place", "by_hand"),
    [
        (diagonal(-torch.ones(3), torch.ones(3)), lambda film: film.flip(-1)),
        (turn(torch.full((3,), math.pi)), lambda film: film.flip(-1).flip(-2)),
        (turn(torch.full((3,), math.pi / 2)), lambda film: film.rot90(1, (-2, -1))),
        (shift(torch.tensor([[0.25, 0.0]] * 3))[:, :3], lambda film: film.roll(-2, -1)),  # 2 of 16 pixels
    ],
)
def test_places_by_hand(place, by_hand):
    video = still()
    found, wanted = seen(place, video), by_hand(video)
    torch.testing.assert_close(found[..., :-2], wanted[..., :-2], atol=1e-4, rtol=0)


def test_blitting_moves_by_whole_pixels():
    """What is read between pixels is blurred, which blitting is there to avoid."""
    video = still(height=24, width=40)
    drawn = view(1.0, geometry=False, colour=False).draw(video, Noise([1, 2, 3]), 0)
    pixels = drawn[:, :6].unflatten(1, (2, 3))[:, :, 2] * 24 / 2
    torch.testing.assert_close(pixels, pixels.round(), atol=1e-5, rtol=0)
    assert 0 < pixels.abs().max() <= 0.125 * 24


@pytest.mark.parametrize("autocast", [False, True])
def test_half_precision_does_not_move_pixels(autocast):
    video = still(height=64, width=64)
    drawn = view(1.0).draw(video, Noise([1, 2, 3]), 0)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        found = view(1.0)(video, given(video), view(1.0).draw(video, Noise([1, 2, 3]), 0))[0]
    torch.testing.assert_close(found, view(1.0)(video, given(video), drawn)[0], atol=1e-6, rtol=0)


def test_circles_stay_circles_in_wide_pictures():
    """A quarter turn of a wide picture about its middle takes the middle square to itself, turned."""
    video = still(height=8, width=16)
    found = seen(turn(torch.full((3,), math.pi / 2)), video)
    square = video[..., 4:12]
    torch.testing.assert_close(found[..., 4:12], square.rot90(1, (-2, -1)), atol=1e-4, rtol=0)


def test_turning_colours_keeps_greys_and_what_is_mixed():
    video = still(3, 1, 1, 4, 4).expand(-1, -1, 3, -1, -1)
    matrix = view(1.0)._coloured(
        torch.zeros(3, 12).index_fill(1, torch.tensor([8, 9]), 1.0), torch.rand(3, 8), torch.randn(3, 8)
    )
    torch.testing.assert_close(view(1.0)._dyed(video, matrix[:, :3]), video, atol=1e-5, rtol=0)
    colourful = still(3, 1, 3, 4, 4)
    hue = view(1.0)._coloured(
        torch.zeros(3, 12).index_fill(1, torch.tensor([8]), 1.0), torch.rand(3, 8), torch.randn(3, 8)
    )
    turned = view(1.0)._dyed(colourful, hue[:, :3])
    torch.testing.assert_close(turned.mean(dim=2), colourful.mean(dim=2), atol=1e-5, rtol=0)
    torch.testing.assert_close(turned.norm(dim=2), colourful.norm(dim=2), atol=1e-5, rtol=1e-5)


def test_grey_films_stay_grey_and_latents_are_refused():
    video = still(3, 2, 1)
    assert view(1.0)(video, given(video), view(1.0).draw(video, Noise([1, 2, 3]), 0))[0].shape == video.shape
    with pytest.raises(UserError, match="judges see 8 channels; set animator.view.colour=false"):
        view(1.0).draw(still(channels=8), Noise([1, 2, 3]), 0)


def test_gradients_pass_and_the_chance_hears():
    video, whole = still().clone().requires_grad_(True), view(1.0)
    whole(video, given(video.detach()), whole.draw(video, Noise([1, 2, 3]), 0))[0].square().sum().backward()
    assert video.grad is not None and video.grad.abs().sum() > 0
    whole.adapt(torch.tensor(0.5), 16)
    assert whole.chance.heard == (torch.tensor(0.5), 16)
