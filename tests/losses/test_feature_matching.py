import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Judged
from kineograph.losses.feature_matching import FeatureMatching
from tests.losses.turns import turn


def judged(*features: torch.Tensor) -> Judged:
    return Judged(torch.zeros(2), list(features))


def test_mean_over_layers_by_hand():
    real = judged(torch.zeros(2, 4), torch.zeros(2, 8, 2, 2))
    fake = judged(torch.full((2, 4), 3.0), torch.full((2, 8, 2, 2), -1.0))
    assert FeatureMatching()(turn(judged_real=real, judged_fake=fake)) == 2  # (3 + 1) / 2
    assert FeatureMatching()(turn(judged_real=real, judged_fake=real)) == 0


def test_the_real_side_is_a_fixed_target():
    real, fake = torch.zeros(2, 4, requires_grad=True), torch.ones(2, 4, requires_grad=True)
    FeatureMatching()(turn(judged_real=judged(real), judged_fake=judged(fake))).backward()
    assert real.grad is None
    torch.testing.assert_close(fake.grad, torch.full((2, 4), 1 / 8))


def test_without_judges_it_is_refused():
    with pytest.raises(UserError, match="feature_matching.* compares what judges see: animator=gan"):
        FeatureMatching()(turn())
