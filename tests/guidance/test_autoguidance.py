from hashlib import sha256

import pytest
import torch
from safetensors.torch import save, save_file
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.types import Condition
from kineograph.guidance.autoguidance import Autoguidance
from tests.core.file_server import FileServer


class Answers(nn.Module):
    def __init__(self):
        super().__init__()
        self.value = nn.Parameter(torch.zeros(1))

    def forward(self, noisy, level, condition):
        return self.value * noisy


class Clean:
    """The answer is the clean film; of the rest of a process nothing is asked."""

    def denoise(self, denoiser, noisy, level, condition):
        return denoiser(noisy, level, condition)

    sample_level = shown_level = corrupt = weight = alpha = sigma = velocity = levels = denoise


def guidance(path, scale=3.0):
    return Autoguidance(scale=scale, weak=Answers(), process=Clean(), weights=None if path is None else str(path))


def film(guide, condition: Condition):
    return guide(lambda noisy, *_: 2 * noisy)(condition.known, torch.ones(2), condition)


def test_moves_away_from_the_weak_model(condition, tmp_path):
    save_file(
        {"averaged.denoiser.value": torch.full((1,), 0.5).half(), "codec.x": torch.ones(1)},
        tmp_path / "weak.safetensors",
    )
    guide = guidance(tmp_path / "weak.safetensors")
    torch.testing.assert_close(film(guide, condition), (0.5 + 3 * 1.5) * condition.known)
    assert not isinstance(guide, nn.Module)  # its weights stay out of the run's


def test_the_weak_model_may_lie_elsewhere(condition, tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    weights = save({"averaged.denoiser.value": torch.full((1,), 0.5)})
    with FileServer({"/weak.safetensors": weights}) as server:
        guide = guidance(f"{server.url}/weak.safetensors#sha256={sha256(weights).hexdigest()}")
        torch.testing.assert_close(film(guide, condition), (0.5 + 3 * 1.5) * condition.known)


def test_scale_one_costs_nothing():
    def denoise(noisy, level, condition):
        return noisy

    assert guidance(None, scale=1.0)(denoise) is denoise


def test_a_missing_or_foreign_file_is_told_in_one_line(condition, tmp_path):
    with pytest.raises(UserError, match="needs the weak model"):
        film(guidance(None), condition)
    with pytest.raises(UserError, match="cannot be read"):
        film(guidance(tmp_path / "nowhere.safetensors"), condition)
    save_file({"averaged.denoiser.other": torch.ones(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="does not fit"):
        film(guidance(tmp_path / "other.safetensors"), condition)
