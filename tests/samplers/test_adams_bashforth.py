from functools import partial

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.samplers.adams_bashforth import AdamsBashforth, weights
from kineograph.samplers.euler import Euler


@pytest.mark.parametrize("of", [1, 2, 3, 4])
def test_reaches_the_closed_form_at_its_order(of, order):
    assert of - 0.3 < order(partial(AdamsBashforth, order=of), 80, 160) < of + 0.5


def test_converges_on_every_process(errors):
    coarse, fine = errors(partial(AdamsBashforth, order=3), (96, 192))
    assert fine < 5e-3
    assert coarse / fine > 1.5  # a last step without noise is of first order


def test_first_order_is_euler(bell, start, noise):
    ours = AdamsBashforth(num_steps=7, order=1)(bell.process, bell.denoise, start, noise)
    torch.testing.assert_close(ours, Euler(num_steps=7)(bell.process, bell.denoise, start, noise))


def test_on_an_even_grid_the_shares_of_the_textbook():
    assert weights([0.0, -1.0], 1.0) == pytest.approx([3 / 2, -1 / 2])
    assert weights([0.0, -1.0, -2.0], 1.0) == pytest.approx([23 / 12, -16 / 12, 5 / 12])
    assert weights([0.0, 2.0, 4.0, 6.0], -2.0) == pytest.approx([-55 / 12, 59 / 12, -37 / 12, 9 / 12])


def test_calls_of_the_denoiser(bell, start, noise):
    seen = []

    def denoise(noisy, level):
        seen.append(level[0].item())
        return bell.denoise(noisy, level)

    AdamsBashforth(num_steps=8, order=3)(bell.process, denoise, start, noise)
    assert len(seen) == 4 + 4 + 6
    assert min(seen) == pytest.approx(bell.process.levels(8)[-2].item())


def test_a_sample_does_not_depend_on_its_batch(bell):
    both, alone = Noise([11, 12]), Noise([12])
    sampler = AdamsBashforth(num_steps=4, order=2)
    film = sampler(bell.process, bell.denoise, both.normal(3, 1, 4, 4), both)
    assert torch.equal(film[1:], sampler(bell.process, bell.denoise, alone.normal(3, 1, 4, 4), alone))
    assert film.dtype == torch.float32


def test_orders_that_there_are():
    with pytest.raises(UserError, match="order=5"):
        AdamsBashforth(num_steps=4, order=5)
