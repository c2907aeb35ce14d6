from functools import partial

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.samplers.unipc import Unipc, weights


@pytest.mark.parametrize("of", [1, 2, 3])
def test_reaches_the_closed_form_at_its_order(of, order):
    assert of + 1 - 0.3 < order(partial(Unipc, order=of), 80, 160) < of + 1.7


def test_converges_on_every_process(errors):
    coarse, fine = errors(partial(Unipc, order=2), (64, 128))
    assert fine < 5e-3
    assert coarse / fine > 1.5  # a last step without noise is of first order


@pytest.mark.parametrize("of", [1, 2, 3])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of diffusers with numpy 2
def test_the_films_of_diffusers(of, beside):
    diffusers = pytest.importorskip("diffusers")  # in the extra "bench"
    scheduler = diffusers.UniPCMultistepScheduler(
        solver_order=of,
        solver_type="bh2",
        prediction_type="sample",
        final_sigmas_type="sigma_min",
        lower_order_final=False,
    )
    ours, theirs = beside(scheduler, partial(Unipc, order=of), 12)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("karras", [True, False])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_last_step_to_a_clean_film_as_in_diffusers(karras, beside):
    diffusers = pytest.importorskip("diffusers")
    scheduler = diffusers.UniPCMultistepScheduler(
        solver_order=2, prediction_type="sample", final_sigmas_type="zero", use_karras_sigmas=karras
    )
    ours, theirs = beside(scheduler, partial(Unipc, order=2), 9)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_weights_by_hand():
    """One place at 1: rho = h phi_2(h) / B(h) with h = -step, phi_2(h) = (e^h - 1 - h) / h^2, B = e^h - 1."""
    h = torch.tensor(-0.7, dtype=torch.float64)
    expected = (h.expm1() - h) / h / h.expm1()
    assert weights([1.0], 0.7) == pytest.approx([expected.item()])


def test_one_call_a_step_and_never_at_the_end(bell, start, noise):
    seen = []

    def denoise(noisy, level):
        seen.append(level[0].item())
        return bell.denoise(noisy, level)

    Unipc(num_steps=5, order=3)(bell.process, denoise, start, noise)
    assert seen == pytest.approx(bell.process.levels(5)[:-1].tolist())


def test_a_sample_does_not_depend_on_its_batch(bell):
    both, alone = Noise([11, 12]), Noise([12])
    sampler = Unipc(num_steps=4, order=3)
    film = sampler(bell.process, bell.denoise, both.normal(3, 1, 4, 4), both)
    assert torch.equal(film[1:], sampler(bell.process, bell.denoise, alone.normal(3, 1, 4, 4), alone))
    assert film.dtype == torch.float32


def test_no_estimate_to_predict_from():
    with pytest.raises(UserError, match="order=0"):
        Unipc(num_steps=4, order=0)
