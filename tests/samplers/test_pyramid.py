import pytest
import torch

from kineograph.core.random import Noise
from kineograph.samplers.ddim import Ddim
from kineograph.samplers.pyramid import Pyramid


@pytest.mark.parametrize("delay", [0, 3])
def test_frames_that_know_nothing_of_each_other_come_out_as_by_ddim(delay, bell, start, noise):
    ours = Pyramid(num_steps=6, delay=delay)(bell.process, bell.denoise, start, noise)
    torch.testing.assert_close(ours, Ddim(num_steps=6)(bell.process, bell.denoise, start, noise))


def test_later_frames_are_noisier(bell, start, noise):
    seen = []

    def denoise(noisy, level):
        seen.append(level)
        return bell.denoise(noisy, level)

    Pyramid(num_steps=5, delay=2)(bell.process, denoise, start, noise)
    assert len(seen) == 5 + 2 * 2
    assert all((level.diff(dim=1) >= 0).all() for level in seen)
    grid = bell.process.levels(5)
    torch.testing.assert_close(seen[4][0], torch.stack([grid[4], grid[2], grid[0]]))


def test_a_sample_does_not_depend_on_its_batch(bell):
    both, alone = Noise([11, 12]), Noise([12])
    sampler = Pyramid(num_steps=4, delay=1)
    film = sampler(bell.process, bell.denoise, both.normal(3, 1, 4, 4), both)
    assert torch.equal(film[1:], sampler(bell.process, bell.denoise, alone.normal(3, 1, 4, 4), alone))
    assert film.dtype == torch.float32
