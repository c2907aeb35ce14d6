import pytest
import torch

from kineograph.core.types import Condition


def blank(shape: tuple[int, ...]) -> Condition:
    b, t, c, h, w = shape
    generator = torch.Generator().manual_seed(0)
    return Condition(
        known=torch.randn(b, t, c, h, w, generator=generator),
        mask=torch.ones(b, t, 1, h, w),
        times=(torch.arange(t) / 12).expand(b, t),
        label=torch.zeros(b, dtype=torch.long),
        text=torch.zeros(b, 2, 4),
        text_mask=torch.zeros(b, 2, dtype=torch.bool),
        motion=torch.full((b,), torch.nan),
    )


@pytest.fixture
def make_condition():
    return blank


@pytest.fixture
def condition() -> Condition:
    return blank((2, 3, 3, 8, 8))
