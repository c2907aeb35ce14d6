import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.processes.fused_snr_weight import FusedSnrWeight
from kineograph.processes.per_frame import PerFrame
from kineograph.processes.recipe import Recipe
from kineograph.processes.rectified_flow import RectifiedFlow

FLOW = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0)
FORCED = PerFrame(process=FLOW, stabilisation=0.1)


def test_every_frame_has_its_own_level_of_the_process():
    level = FORCED.sample_level(Noise.at(0, 0, 3000), 4)
    assert level.shape == (3000, 4)
    logit = level.double().logit()
    assert (logit.mean(dim=0).abs() < 0.08).all()
    assert ((logit.std(dim=0) - 1).abs() < 0.08).all()
    assert (logit.T.corrcoef() - torch.eye(4)).abs().max() < 0.08
    torch.testing.assert_close(level[5:6], FORCED.sample_level(Noise.at(0, 5, 1), 4))


def test_given_frames_are_told_as_slightly_noisy_ones(condition):
    mask = torch.zeros_like(condition.mask)
    mask[:, 0] = 1
    mask[:, 1, :, :4] = 1  # a part of a frame is not told
    condition = condition._replace(known=condition.known * mask, mask=mask)
    noisy, level = torch.randn_like(condition.known), torch.tensor([[0.9, 0.6, 0.3]]).expand(2, 3)
    seen = []

    def network(x, told, given):
        seen.append((x, told, given))
        return torch.zeros_like(x)

    estimate = FORCED.denoise(network, noisy, level, condition)
    x, told, given = seen[0]
    torch.testing.assert_close(told, torch.tensor([[0.1, 0.6, 0.3]]).expand(2, 3))
    torch.testing.assert_close(x[:, 0], 0.9 * condition.known[:, 0])
    assert torch.equal(x[:, 1:], noisy[:, 1:])
    assert given.known.abs().max() == 0
    assert given.mask.max() == 0
    assert torch.equal(estimate[:, 0], condition.known[:, 0])
    torch.testing.assert_close(estimate[:, 1:], noisy[:, 1:])  # velocity zero: the noisy film is the clean one


def test_nothing_given_is_the_process_itself(condition):
    condition = condition._replace(known=torch.zeros_like(condition.known), mask=torch.zeros_like(condition.mask))
    noisy, level = torch.randn_like(condition.known), torch.rand(2)
    answers = [p.denoise(lambda x, told, _: x.sin(), noisy, level, condition) for p in (FORCED, FLOW)]
    assert torch.equal(*answers)


def test_latents_of_another_shape_are_refused(condition):
    with pytest.raises(UserError, match="codec=identity"):
        FORCED.denoise(lambda x, *_: x, torch.randn(2, 3, 8, 4, 4), torch.rand(2), condition)


def test_fused_weights_by_hand():
    """SNRs 2, 8, 1, 0.5 with gamma 4: shares 0.5, 1, 0.25, 0.125; decay 0.8."""
    snr = torch.tensor([[2.0, 8.0, 1.0, 0.5]])
    weight = FusedSnrWeight(gamma=4.0, decay=0.8)(snr.sqrt(), torch.ones(1, 4))
    running = [0.0, 0.5, 0.8 * 0.5 + 0.2 * 1.0, 0.8 * 0.6 + 0.2 * 0.25]
    expected = [4 * (1 - (1 - 0.8 * c) * (1 - s)) for c, s in zip(running, [0.5, 1.0, 0.25, 0.125], strict=True)]
    torch.testing.assert_close(weight, torch.tensor([expected]))


def test_fused_weight_of_one_level_a_clip_is_min_snr():
    alpha, sigma = torch.tensor([0.9, 0.3]), torch.tensor([0.1, 0.7])
    recipe = FusedSnrWeight(gamma=5.0, decay=0.96)
    torch.testing.assert_close(recipe(alpha, sigma), (alpha / sigma).square().clamp_max(5.0))
    assert recipe(torch.ones(1, 3), torch.zeros(1, 3)).tolist() == [[5.0, 5.0, 5.0]]
    assert Recipe(process=FLOW, draw=None, weighting=recipe).weight(torch.rand(2, 3)).shape == (2, 3)


def test_given_frames_count_with_the_level_at_which_they_are_shown(condition):
    mask = torch.zeros_like(condition.mask)
    mask[:, 0] = 1
    level = torch.tensor([[0.9, 0.6, 0.3]]).expand(2, 3)
    shown = FORCED.shown_level(level, condition._replace(mask=mask))
    torch.testing.assert_close(shown, torch.tensor([[0.1, 0.6, 0.3]]).expand(2, 3))
    assert torch.equal(FLOW.shown_level(level, condition), level)
