import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.procedures.nearest import Nearest


def test_finds_the_clip_that_starts_alike(clip, condition):
    nearest = Nearest(size=8)
    nearest.remember([clip._replace(video=clip.video.flip(0))])
    film = nearest.animate(condition, Noise([1, 2, 3]))
    assert torch.allclose(film, clip.video, atol=1e-6)


def test_answers_at_the_size_and_length_wanted(clip, condition):
    nearest = Nearest(size=4)
    nearest.remember([clip])
    large = condition._replace(
        known=torch.zeros(1, 6, 3, 12, 10), mask=torch.zeros(1, 6, 1, 12, 10), times=(torch.arange(6) / 12)[None]
    )
    film = nearest.animate(large, Noise([1]))
    assert film.shape == (1, 6, 3, 12, 10)
    assert torch.equal(film[:, 4], film[:, 5])  # past the end of the four frames


def test_without_clips_it_says_so(condition):
    with pytest.raises(UserError, match="remember"):
        Nearest(size=4).animate(condition, Noise([1, 2, 3]))
