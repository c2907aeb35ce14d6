import math
from types import SimpleNamespace

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.losses.info import Info
from tests.losses.turns import turn


def with_codes(content: torch.Tensor, motion: torch.Tensor, values: torch.Tensor):
    latent = SimpleNamespace(
        content_category=torch.tensor([[0], [2]]),
        content_values=torch.tensor([[0.5], [0.0]]),
        motion_category=torch.tensor([[1], [0]]),
        motion_values=torch.tensor([[-1.0], [1.0]]),
    )
    return turn(content_logits=content, motion_logits=motion, values=values)._replace(latent=latent)


def test_a_reader_that_knows_nothing_lacks_the_entropy():
    loss = Info()(with_codes(torch.zeros(2, 3), torch.zeros(2, 2), torch.zeros(2, 2)))
    assert loss.item() == pytest.approx(math.log(3) + math.log(2) + 0.5 * ((0.25 + 1) + (0 + 1)) / 2)


def test_a_reader_that_knows_all_lacks_nothing():
    content = torch.tensor([[99.0, 0, 0], [0, 0, 99.0]])
    motion = torch.tensor([[0, 99.0], [99.0, 0]])
    assert Info()(with_codes(content, motion, torch.tensor([[0.5, -1.0], [0.0, 1.0]]))).item() == pytest.approx(0)


def test_kinds_of_codes_may_be_left_out():
    loss = Info()(with_codes(torch.zeros(2, 0), torch.zeros(2, 2), torch.tensor([[0.5, -1.0], [0.0, 1.0]])))
    assert loss.item() == pytest.approx(math.log(2))


def test_a_generator_without_named_codes_is_refused():
    with pytest.raises(UserError, match="generator=info"):
        Info()(turn(torch.zeros(1, 1, 1, 2, 2), torch.zeros(1, 1, 1, 2, 2)))
