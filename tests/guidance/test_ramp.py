import torch

from kineograph.guidance.classifier_free import ClassifierFree
from kineograph.guidance.ramp import Ramp


def denoise(noisy, level, condition):
    return noisy + (condition.label + 1)[:, None, None, None, None]


def test_every_frame_by_its_own_scale(condition):
    noisy = torch.randn_like(condition.known)
    film = Ramp(first=1.0, last=3.0)(denoise)(noisy, torch.ones(2), condition)
    for frame, scale in enumerate((1.0, 2.0, 3.0)):
        torch.testing.assert_close(film[:, frame], noisy[:, frame] + scale)


def test_a_flat_ramp_is_plain_guidance(condition):
    noisy = torch.randn_like(condition.known)
    flat, plain = (
        guide(denoise)(noisy, torch.ones(2), condition)
        for guide in (Ramp(first=2.0, last=2.0), ClassifierFree(scale=2.0))
    )
    torch.testing.assert_close(flat, plain)
