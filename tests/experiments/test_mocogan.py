"""The published design: shapes, and as many parameters as the system that it is set against."""

import sys
from pathlib import Path

import pytest
import torch

from kineograph.cli.compose import compose
from kineograph.core import build as building
from kineograph.core.random import Noise
from kineograph.core.types import Condition

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def published(monkeypatch):
    """The user's package is let in for this test alone."""
    monkeypatch.setattr(building, "ALLOWED", [*building.ALLOWED, "experiments"])
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
    words = ["experiment=mocogan_published"]
    return compose("train", words, [str(ROOT / "experiments" / "mocogan" / "conf")]).config.animator


def test_parameters_are_within_ten_per_cent_of_r3gan_video(published):
    other = compose("train", ["experiment=gan/r3gan_video", "task=unconditional"], []).config.animator
    with torch.device("meta"):
        counts = [building.build(config).describe()["parameters"] for config in (published, other)]
    assert 0.9 < counts[0] / counts[1] < 1.1, counts


def test_a_film_and_its_two_judges(published):
    animator = building.build(published)
    condition = Condition(
        torch.zeros(2, 8, 3, 32, 32), torch.zeros(2, 8, 1, 32, 32), (torch.arange(8) / 12).expand(2, 8),
        torch.full((2,), -1), torch.zeros(2, 8, 32), torch.zeros(2, 8, dtype=torch.bool), torch.full((2,), torch.nan),
    )  # fmt: skip
    codes = animator.generator.sample_latent(condition, Noise([1, 2]))
    assert codes.content.shape == (2, 50) and codes.motion.shape == (2, 8, 10)
    film = animator.generator(condition, codes).video
    assert film.shape == (2, 8, 3, 32, 32)
    for judge in animator.discriminators.values():
        assert judge(film, condition).scores.shape[0] == 2
