import torch

from kineograph.augment.views.diffused import DiffusedView
from kineograph.core.random import Noise
from tests.augment.views.seen import given, still


def test_the_last_channel_says_how_much_of_the_film_is_noise():
    video, view = still(2, 4, 3, 32, 32), DiffusedView(most=0.5)
    drawn = view.draw(video, Noise([1, 2]), 0)
    seen, _ = view(video, given(video), drawn)
    assert seen.shape == (2, 4, 4, 32, 32)
    for one in (0, 1):
        level = seen[one, 0, 3, 0, 0]
        assert (seen[one, :, 3] == level).all() and 0 < level < 0.5
        noise = seen[one, :, :3] - (1 - level) * video[one]
        assert abs(noise.std() - level) < 0.02 * level + 0.01
    assert seen[0, 0, 3, 0, 0] != seen[1, 0, 3, 0, 0]


def test_a_film_in_bf16_is_taken_as_well():
    video, view = still(2, 4, 3, 8, 8), DiffusedView(most=0.5)
    drawn = view.draw(video, Noise([1, 2]), 0)
    rounded = video.to(torch.bfloat16)
    seen, _ = view(rounded, given(video), drawn)
    assert torch.equal(seen, view(rounded.float(), given(video), drawn)[0])
