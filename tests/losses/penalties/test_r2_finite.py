import pytest
import torch

from kineograph.core.types import Judged
from kineograph.losses.penalties.r2 import R2
from kineograph.losses.penalties.r2_finite import R2Finite
from tests.losses.turns import judged, turn


def test_is_taken_at_the_fake_and_goes_to_r2():
    real, fake = torch.zeros(8000, 1, 1, 2, 2), torch.ones(8000, 1, 1, 2, 2, requires_grad=True)
    fake = fake * torch.tensor([[1.0, 2.0], [-1.0, 0.5]])
    judge = lambda video: Judged(0.5 * video.square().flatten(1), [])  # noqa: E731
    generator = torch.Generator().manual_seed(0)
    given = turn(real, fake, judged_fake=judge(fake.detach()), discriminate=judge,
                 perturbation=torch.randn(fake.shape, generator=generator))  # fmt: skip
    loss = R2Finite(sigma=1e-2)(given)
    assert loss.item() == pytest.approx(R2()(judged(judge, real, fake)).item(), rel=0.05)
    assert loss.item() == pytest.approx((1 + 4 + 1 + 0.25) / 4, rel=0.05)  # |x|^2 / number of scores
    assert not loss.requires_grad  # nothing reaches the generator
