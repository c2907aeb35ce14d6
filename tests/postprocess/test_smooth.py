import math

import pytest
import torch

from kineograph.core.video import Film
from kineograph.postprocess.smooth import Smooth


def test_an_impulse_becomes_a_gaussian_and_a_still_film_stays():
    frames = torch.zeros(5, 2, 2, 3, dtype=torch.uint8)
    frames[2] = 200
    film = Film(frames, torch.arange(5, dtype=torch.float64) / 10, 10.0)
    levels = Smooth(sigma=0.1)(film).frames[:, 0, 0, 0].tolist()
    weights = [math.exp(-0.5 * d * d) for d in (2, 1, 0, 1, 2)]
    assert levels[2] == pytest.approx(200 / sum(weights), abs=1)
    assert levels[1] == levels[3]
    still = film._replace(frames=torch.full((5, 2, 2, 3), 77, dtype=torch.uint8))
    assert torch.equal(Smooth(sigma=0.1)(still).frames, still.frames)
