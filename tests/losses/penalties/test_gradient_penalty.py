import pytest
import torch

from kineograph.core.types import Judged
from kineograph.losses.penalties.gradient_penalty import GradientPenalty
from tests.losses.turns import turn


def test_zero_for_a_slope_of_one_and_by_hand_otherwise():
    for slope, expected in [(1.0, 0.0), (3.0, 4.0), (0.0, 1.0)]:
        weight = torch.tensor(slope / 48**0.5, requires_grad=True)  # 48 pixels a clip
        judge = lambda video, weight=weight: Judged((weight * video).sum(dim=(1, 2, 3, 4)), [])  # noqa: E731
        loss = GradientPenalty()(turn(discriminate=judge, interpolation=torch.tensor([0.2, 0.9])))
        assert loss.item() == pytest.approx(expected, abs=1e-5)
        loss.backward()
        assert weight.grad.isfinite()


def test_is_taken_between_fake_and_real():
    seen = []

    def judge(video):
        seen.append(video.detach())
        return Judged(video.square().sum(dim=(1, 2, 3, 4)), [])

    real, fake = torch.ones(2, 3, 1, 4, 4), torch.zeros(2, 3, 1, 4, 4)
    GradientPenalty()(turn(real, fake, discriminate=judge, interpolation=torch.tensor([0.25, 1.0])))
    torch.testing.assert_close(seen[0][0], torch.full((3, 1, 4, 4), 0.25))
    torch.testing.assert_close(seen[0][1], torch.ones(3, 1, 4, 4))


def test_what_a_view_adds_is_not_penalised():
    seen = torch.zeros(2, 3, 2, 4, 4)  # a picture's channel, and how noisy it is
    score = lambda video: Judged((video[:, :, 0] * 3 / 48**0.5 + 9 * video[:, :, 1]).sum(dim=(1, 2, 3)), [])  # noqa: E731
    given = turn(seen, seen, discriminate=score, interpolation=torch.tensor([0.2, 0.9]))
    assert GradientPenalty()(given._replace(channels=1)).item() == pytest.approx(4.0, abs=1e-5)


def test_a_fake_in_bf16_is_taken_as_well():
    score = lambda video: Judged((video / 48**0.5).sum(dim=(1, 2, 3, 4)), [])  # noqa: E731
    fake = torch.zeros(2, 3, 1, 4, 4, dtype=torch.bfloat16)
    given = turn(torch.ones(2, 3, 1, 4, 4), fake, discriminate=score, interpolation=torch.tensor([0.2, 0.9]))
    assert GradientPenalty()(given).item() == pytest.approx(0.0, abs=1e-5)
