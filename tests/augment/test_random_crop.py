"""Pieces against Pillow, which cuts and resizes by code of its own."""

import numpy as np
import pytest
import torch
from PIL import Image

from kineograph.augment.random_crop import RandomCrop
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from tests.augment.drawn import Drawn, moving

SURE = [0.0]


@pytest.mark.parametrize("draw", [[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.5, 0.25, 0.75]])
def test_a_piece_is_pillows(draw):
    clip = moving(height=16, width=24)
    made = RandomCrop(probability=1, smallest=0.5)(clip, Drawn(SURE, draw)).video
    share = 0.5 + 0.5 * draw[0]
    rows, columns = round(16 * share), round(24 * share)
    top, left = round((16 - rows) * draw[1]), round((24 - columns) * draw[2])
    for frame in range(4):
        for channel in range(3):
            picture = Image.fromarray(clip.video[0, frame, channel].numpy()).crop(
                (left, top, left + columns, top + rows)
            )
            expected = np.clip(np.asarray(picture.resize((24, 16), Image.Resampling.BICUBIC)), -1, 1)
            np.testing.assert_allclose(made[0, frame, channel].numpy(), expected, atol=2e-3)


def test_the_whole_picture_never_and_out_of_range():
    clip = moving(batch=6)
    whole = RandomCrop(probability=1, smallest=1)(clip, Noise.at(0, 0, 6)).video
    assert torch.equal(whole, clip.video)
    assert torch.equal(RandomCrop(probability=0, smallest=0.3)(clip, Noise.at(0, 0, 6)).video, clip.video)
    for changes, message in [({"probability": -1}, "probability is -1"), ({"smallest": 0}, "smallest is 0; a share")]:
        with pytest.raises(UserError, match=message):
            RandomCrop(**({"probability": 1, "smallest": 0.5} | changes))
