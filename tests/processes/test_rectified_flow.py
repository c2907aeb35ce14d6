import torch

from kineograph.core.random import Noise
from kineograph.processes.rectified_flow import RectifiedFlow

FLOW = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0)


def test_levels_end_without_noise_and_shift_towards_noise():
    assert FLOW.levels(4).tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]
    shifted = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=3.0).levels(4)
    assert torch.allclose(shifted, torch.tensor([1, 0.9, 0.75, 0.5, 0], dtype=torch.float64))


def test_training_levels_are_logit_normal():
    level = RectifiedFlow(location=0.5, scale=2.0, smallest=1e-6, shift=1.0).sample_level(Noise.at(0, 0, 4000), 3)
    assert level.shape == (4000, 3)
    assert torch.equal(level[:, 0], level[:, 2])
    logit = level[:, 0].logit()
    assert abs(logit.mean() - 0.5) < 0.1
    assert abs(logit.std() - 2) < 0.1


def test_the_answer_is_the_velocity(condition):
    clean, noise = torch.randn_like(condition.known), torch.randn_like(condition.known)
    level = torch.rand(clean.shape[:2]) * 0.9 + 0.1
    noisy = FLOW.corrupt(clean, noise, level)
    estimate = FLOW.denoise(lambda x, told, _: noise - clean, noisy, level, condition)
    assert torch.allclose(estimate, clean, atol=1e-5)
    assert torch.allclose(FLOW.velocity(noisy, clean, level), noise - clean, atol=1e-5)


def test_weight_is_that_of_the_velocity_loss(condition):
    clean, noise, answer = (torch.randn_like(condition.known) for _ in range(3))
    level = torch.rand(clean.shape[:2]) * 0.9 + 0.1
    noisy = FLOW.corrupt(clean, noise, level)
    estimate = FLOW.denoise(lambda *_: answer, noisy, level, condition)
    error = (estimate - clean).square().mean(dim=(2, 3, 4)) * FLOW.weight(level)
    assert torch.allclose(error, (answer - (noise - clean)).square().mean(dim=(2, 3, 4)), rtol=1e-3)


def test_training_levels_are_shifted_as_sampling_levels_are():
    """Eq. 23 on the drawn levels: sigmoid(x) becomes 3 s / (1 + 2 s)."""
    plain, shifted = (RectifiedFlow(location=0.0, scale=1.0, smallest=1e-6, shift=shift) for shift in (1.0, 3.0))
    level = plain.sample_level(Noise.at(0, 0, 50), 1)
    torch.testing.assert_close(shifted.sample_level(Noise.at(0, 0, 50), 1), 3 * level / (1 + 2 * level))
