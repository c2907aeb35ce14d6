import torch

from kineograph.samplers.ddim import Ddim


def test_first_order(errors):
    coarse, fine = errors(Ddim, (200, 400))
    assert fine < 0.05
    assert 1.7 < coarse / fine < 2.3


def test_exact_where_the_estimate_does_not_change(bell, start, noise):
    clean = torch.full_like(start, 0.7)
    end = Ddim(num_steps=3)(bell.process, lambda *_: clean, start, noise)
    assert torch.allclose(end, clean, atol=0.02)
