"""Turns against exact quarter turns and against scipy."""

import numpy as np
import pytest
import scipy.ndimage
import torch

from kineograph.augment.rotation import Rotation
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from tests.augment.drawn import Drawn, moving

SURE = [0.0]


@pytest.mark.parametrize(("draw", "quarters"), [(1.0, 1), (0.0, -1)])
def test_a_quarter_turn_is_exact(draw, quarters):
    clip = moving()
    turned = Rotation(probability=1, degrees=90, fill=1)(clip, Drawn(SURE, [draw])).video
    torch.testing.assert_close(turned, torch.rot90(clip.video, quarters, (-2, -1)), atol=1e-5, rtol=0)


def test_any_angle_is_scipys():
    clip = moving(height=21, width=21)
    turned = Rotation(probability=1, degrees=40, fill=-1)(clip, Drawn(SURE, [0.9])).video[0]  # 32 degrees
    expected = scipy.ndimage.rotate(clip.video[0].numpy(), 32, axes=(3, 2), reshape=False, order=1, cval=-1)
    y, x = np.mgrid[-10:11, -10:11]
    inside = np.hypot(x, y) < 9  # how the border is blended is a matter of taste
    np.testing.assert_allclose(turned.numpy()[..., inside], expected[..., inside], atol=1e-4)
    assert (turned[..., 0, 0] == -1).all() and (turned[..., -1, -1] == -1).all()


def test_never_is_identity_and_out_of_range_is_told():
    clip = moving(batch=6)
    assert torch.equal(Rotation(probability=0, degrees=90, fill=1)(clip, Noise.at(0, 0, 6)).video, clip.video)
    for changes, message in [({"probability": 1.5}, "probability is 1.5"), ({"fill": 255}, r"fill is 255; levels lie")]:
        with pytest.raises(UserError, match=message):
            Rotation(**({"probability": 1, "degrees": 10, "fill": 1} | changes))
