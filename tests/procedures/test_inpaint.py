"""Parts of films made anew."""

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.video import write
from kineograph.procedures.frozen import Frozen
from kineograph.procedures.inpaint import Inpaint
from tests.procedures.gaussian import Independent, OneColour, known_nothing

HALF = {"region": [0.0, 0.5, 1.0, 1.0], "span": [0.0, 1.0]}  # the right half, always


def inpaint(animates, replace, mask=None, **place):
    return Inpaint(animates=animates, film=None, mask=mask, replace=replace, **(HALF | place))


@pytest.mark.parametrize("replace", [True, False])
def test_what_is_known_comes_back_exactly_and_the_rest_is_made(condition, clip, replace):
    told = known_nothing(condition)._replace(guide=clip.video)
    procedure = inpaint(Independent(), replace, region=[0.25, 0.5, 1.0, 1.0], span=[0.5, 1.0])
    video = procedure.animate(told, Noise([1, 2, 3]))
    made = torch.zeros_like(clip.video, dtype=torch.bool)
    made[:, 2:, :, 2:, 4:] = True
    assert torch.equal(video[~made], clip.video[~made])
    assert (video[made] != clip.video[made]).float().mean() > 0.99


def test_replacing_tells_a_model_without_masks_what_is_known(condition):
    """Of films of one colour, half a film says all."""
    colours = torch.tensor([-0.6, 0.1, 0.7]).reshape(3, 1, 1, 1, 1)
    told = known_nothing(condition)._replace(guide=colours.expand_as(condition.known))
    video = inpaint(OneColour(), True).animate(told, Noise([1, 2, 3]))
    torch.testing.assert_close(video, told.guide, atol=0.06, rtol=0)
    plain = OneColour().animate(told, Noise([1, 2, 3]))
    assert (plain - told.guide).abs().amax() > 0.3


@pytest.mark.parametrize("replace", [True, False])
def test_a_picture_that_is_told_stays_where_the_film_is_made(condition, clip, replace):
    film = clip.video.flip(0)
    video = inpaint(Independent(num_steps=3), replace).animate(condition._replace(guide=film), Noise([1, 2, 3]))
    assert torch.equal(video[:, 0, :, :, 4:], clip.video[:, 0, :, :, 4:])  # the picture
    assert torch.equal(video[..., :4], film[..., :4])


def test_a_picture_may_be_the_mask(condition, clip, tmp_path):
    picture = torch.zeros(1, 16, 16, 3, dtype=torch.uint8)
    picture[:, :8] = 255
    path = write(tmp_path / "mask.png", picture, 1.0, {})
    made = inpaint(Frozen(), False, mask=str(path)).made(condition)
    assert made[:, :, :, :4].all() and not made[:, :, :, 4:].any()


def test_what_cannot_be_is_told():
    with pytest.raises(UserError, match="region"):
        inpaint(Independent(), True, region=[0.5, 0.0, 0.5, 1.0])
    with pytest.raises(UserError, match="span"):
        inpaint(Independent(), True, span=[0.5, 1.5])
    with pytest.raises(UserError, match="replace"):
        inpaint(Frozen(), True)


def test_what_is_told_in_the_hole_steers_the_rest(condition):
    """Of films of one colour: the told picture is what all of the film is made of, not what was there before."""
    told = condition._replace(known=0.6 * condition.mask, guide=torch.full_like(condition.known, -0.6))
    video = inpaint(OneColour(), True, region=[0.0, 0.0, 1.0, 1.0]).animate(told, Noise([1, 2, 3]))
    torch.testing.assert_close(video, torch.full_like(video, 0.6), atol=0.06, rtol=0)


def test_a_mask_film_moves_at_its_own_rate(condition, tmp_path):
    """Column i is white at i / 24 seconds; the film asked for has fewer frames a second."""
    film = torch.zeros(8, 8, 8, 3, dtype=torch.uint8)
    for place in range(8):
        film[place, :, place] = 255
    path = write(tmp_path / "mask.webp", film, 24.0, {})
    slow = condition._replace(times=3.0 + torch.arange(4).expand(3, -1) / 12)
    made = inpaint(Frozen(), False, mask=str(path)).made(slow)
    assert made[0, :, 0, 4].argmax(dim=-1).tolist() == [0, 2, 4, 6]
    assert made[0].sum(dim=(1, 2, 3)).tolist() == [8, 8, 8, 8]


@pytest.mark.parametrize("place", [{"region": [0.0, 0.0, 1.0]}, {"region": []}, {"span": [0.5]}])
def test_what_is_no_place_is_told(place):
    with pytest.raises(UserError, match="shares are wanted"):
        inpaint(Frozen(), False, **place)


def test_less_than_a_pixel_is_told(condition):
    with pytest.raises(UserError, match="less than a pixel or frame of 4 x 8 x 8"):
        inpaint(Frozen(), False, region=[0.4, 0.4, 0.41, 0.41]).made(condition)
