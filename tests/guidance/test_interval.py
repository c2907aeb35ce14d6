import torch

from kineograph.guidance.interval import Interval


def test_guides_inside_its_levels_only(condition):
    calls = []

    def denoise(noisy, level, condition):
        calls.append(level)
        return noisy + (condition.label + 1)[:, None, None, None, None]

    noisy = torch.randn_like(condition.known)
    guided = Interval(scale=3.0, lowest=0.2, highest=0.8)(denoise)
    film = guided(noisy, torch.tensor([0.5, 0.9]), condition)
    assert torch.allclose(film[0], noisy[0] + 3)
    assert torch.allclose(film[1], noisy[1] + 1)
    assert len(calls) == 2
    guided(noisy, torch.full((2, 3), 0.9), condition)
    assert len(calls) == 3
