from functools import partial

import pytest
import torch

from kineograph.core.random import Noise
from kineograph.samplers.heun import Heun
from kineograph.samplers.stochastic_heun import StochasticHeun

CHURNED = partial(StochasticHeun, churn=20.0, churn_min=0.05, churn_max=float("inf"), noise_scale=1.0)


def test_without_churn_it_is_heun(bell, start, noise):
    sampler = StochasticHeun(num_steps=9, churn=0.0, churn_min=0.0, churn_max=80.0, noise_scale=1.0)
    ours = sampler(bell.process, bell.denoise, start, noise)
    torch.testing.assert_close(ours, Heun(num_steps=9)(bell.process, bell.denoise, start, noise), rtol=0, atol=0)


def test_draws_from_the_data(bell):
    noise = Noise.at(3, 0, 4)
    film = CHURNED(num_steps=60)(bell.process, bell.denoise, noise.normal(4, 1, 24, 24), noise)
    assert abs(film.mean() - 0.3) < 0.03
    assert abs(film.std() - 0.5) < 0.03


def test_churn_forgets_the_start(bell, start):
    one, other = (CHURNED(num_steps=40)(bell.process, bell.denoise, start, Noise.at(seed, 0, 2)) for seed in (1, 2))
    assert (one - other).std() > 0.2  # of the data's 0.5


def test_no_noise_outside_the_range(bell, start, noise):
    sampler = StochasticHeun(num_steps=9, churn=20.0, churn_min=2.0, churn_max=1.0, noise_scale=1.0)
    ours = sampler(bell.process, bell.denoise, start, noise)
    assert torch.equal(ours, Heun(num_steps=9)(bell.process, bell.denoise, start, noise))


@pytest.mark.parametrize("place", [0, 1])
def test_a_sample_does_not_depend_on_its_batch(bell, place):
    both, alone = Noise([11, 12]), Noise([[11, 12][place]])
    sampler = CHURNED(num_steps=4)
    film = sampler(bell.process, bell.denoise, both.normal(3, 1, 4, 4), both)
    single = sampler(bell.process, bell.denoise, alone.normal(3, 1, 4, 4), alone)
    assert torch.equal(film[place], single[0])
    assert film.dtype == torch.float32
