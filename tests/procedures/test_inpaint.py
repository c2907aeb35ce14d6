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
