import pytest
import torch

from kineograph.core.random import Noise
from kineograph.samplers.ancestral import Ancestral


def test_many_steps_draw_from_the_data(bell):
    noise = Noise.at(3, 0, 4)
    film = Ancestral(num_steps=300)(bell.process, bell.denoise, noise.normal(4, 1, 24, 24), noise)
    assert abs(film.mean() - 0.3) < 0.03
    assert abs(film.std() - 0.5) < 0.03


def test_a_known_clip_is_reached_with_the_last_levels_noise_only(bell, start, noise):
    clean = torch.full_like(start, 0.7)
    end = Ancestral(num_steps=10)(bell.process, lambda *_: clean, start, noise)
    assert torch.allclose(end, clean, atol=0.02)


@pytest.mark.parametrize("place", [0, 1])
def test_a_sample_does_not_depend_on_its_batch(bell, place):
    both, alone = Noise([11, 12]), Noise([[11, 12][place]])
    sampler = Ancestral(num_steps=4)
    film = sampler(bell.process, bell.denoise, both.normal(3, 1, 4, 4), both)
    single = sampler(bell.process, bell.denoise, alone.normal(3, 1, 4, 4), alone)
    assert torch.equal(film[place], single[0])
    assert film.dtype == torch.float32
