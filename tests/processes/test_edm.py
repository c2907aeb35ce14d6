import torch

from kineograph.core.random import Noise
from kineograph.processes.edm import Edm

EDM = Edm(location=-1.2, scale=1.2, data_std=0.5, sigma_min=0.002, sigma_max=80.0, rho=7.0)


def test_levels_follow_equation_5():
    levels = EDM.levels(18)
    assert len(levels) == 19
    assert abs(levels[0] - 80) < 1e-9
    assert abs(levels[17] - 0.002) < 1e-9
    assert levels[18] == 0
    assert abs(levels[5] - (80 ** (1 / 7) + 5 / 17 * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7) < 1e-9


def test_training_levels_are_log_normal():
    logs = EDM.sample_level(Noise.at(0, 0, 4000), 2)[:, 1].log()
    assert abs(logs.mean() + 1.2) < 0.1
    assert abs(logs.std() - 1.2) < 0.1


def test_weight_times_squared_scale_is_one():  # Table 1: lambda c_out^2 = 1
    level = torch.tensor([0.01, 0.5, 7.0])
    assert torch.allclose(EDM.weight(level) * (level * 0.5) ** 2 / (level**2 + 0.25), torch.ones(3))


def test_network_sees_and_owes_unit_variance(condition):
    clean = 0.5 * torch.randn(2, 3, 3, 64, 64)
    noise = torch.randn_like(clean)
    seen = []

    def perfect(x, told, _):
        seen.append((x.std().item(), told))
        return (clean - skip * noisy) / out

    for value in (0.02, 0.5, 10.0):
        level = torch.full((2,), value)
        noisy = EDM.corrupt(clean, noise, level)
        skip, out = 0.25 / (value**2 + 0.25), value * 0.5 / (value**2 + 0.25) ** 0.5
        assert torch.allclose(EDM.denoise(perfect, noisy, level, condition), clean, atol=1e-4)
        assert abs(((clean - skip * noisy) / out).std() - 1) < 0.02
        assert abs(seen[-1][0] - 1) < 0.02
        assert torch.allclose(seen[-1][1], level.log() / 4)


def test_clean_frames_come_back_exactly(condition):
    estimate = EDM.denoise(lambda x, *_: x, condition.known, torch.zeros(2, 3), condition)
    assert torch.allclose(estimate, condition.known)
