import torch

from kineograph.core.types import Condition
from kineograph.core.warp import nearest_known, warp
from kineograph.networks.blocks.paint_over import BEGIN, RANGE, REACH, SETTLED, STEP, PaintOver
from tests.networks.quickstart import condition as conditioned
from tests.networks.quickstart import film as clip


def told(*known: int) -> Condition:
    return conditioned(clip(2, 3, 8, 8), known=list(known))


def pace(condition: Condition, frame: int, given: int = 0) -> torch.Tensor:
    """How much of its change a frame may show, (b 1 1 1)."""
    passed = (condition.times[:, frame] - condition.times[:, given]).abs()
    return (1 - (-passed / SETTLED).exp())[:, None, None, None]


def still(dim: int = 4) -> PaintOver:
    """One whose flow does not depend on the features."""
    paint = PaintOver(dim=dim)
    torch.nn.init.zeros_(paint.steer.weight)
    return paint


def test_it_begins_as_the_still_picture_with_a_little_painted():
    condition, painted = told(0), torch.rand(2, 3, 3, 8, 8) * 2 - 1
    film = still()(painted, torch.randn(2, 3, 4, 8, 8), condition)
    share = RANGE / (1 + torch.tensor(-BEGIN).exp())
    for frame in (1, 2):
        wanted = condition.known[:, 0] + share * pace(condition, frame) * painted[:, frame]
        torch.testing.assert_close(film[:, frame], wanted)
    assert torch.equal(film[:, 0], condition.known[:, 0])  # given pixels come back exactly


def test_codes_move_it_from_the_first_step():
    """At birth features of any size steer the flow by about STEP * REACH pictures."""
    paint = PaintOver(dim=64)
    flow = paint.steer(torch.randn(1, 64, 32, 32))[:, 1:]
    assert 0.5 * STEP < flow.std() < 1.5 * STEP
    condition = told(0)
    for size in (0.1, 1.0, 100.0):
        one, other = (size * torch.randn(2, 3, 64, 8, 8) for _ in range(2))
        nothing = torch.zeros(2, 3, 3, 8, 8)
        apart = (paint(nothing, one, condition) - paint(nothing, other, condition))[:, 1:].abs().mean()
        assert apart > 1e-3


def test_a_frame_beside_the_picture_changes_little_and_one_far_away_freely():
    condition, painted = told(0), torch.ones(2, 3, 3, 8, 8)
    near = condition._replace(times=torch.tensor([[0.0, 0.001, 60.0]]).expand(2, 3))
    film = still()(painted, torch.randn(2, 3, 4, 8, 8), near)
    torch.testing.assert_close(film[:, 1], condition.known[:, 0], atol=0.003, rtol=0)
    share = RANGE / (1 + torch.tensor(-BEGIN).exp())
    torch.testing.assert_close(film[:, 2], condition.known[:, 0] + share)
    between = condition._replace(mask=condition.mask.clone())
    between.mask[:, 2] = 1
    between.known[:, 2] = between.known[:, 0]
    between = between._replace(times=torch.tensor([[0.0, 59.999, 60.0]]).expand(2, 3))
    film = still()(painted, torch.randn(2, 3, 4, 8, 8), between)
    torch.testing.assert_close(film[:, 1], between.known[:, 2], atol=0.003, rtol=0)  # the later one is nearer


def test_an_even_flow_moves_the_picture_and_a_closed_mask_paints_nothing():
    condition, paint = told(0), still()
    condition = condition._replace(times=torch.tensor([[0.0, 60.0, 61.0]]).expand(2, 3))
    with torch.no_grad():
        paint.steer.bias.copy_(torch.tensor([-50.0, 0.125 / REACH, 0.0]))  # reads one pixel of eight to the right
    film = paint(torch.ones(2, 3, 3, 8, 8), torch.randn(2, 3, 4, 4, 4), condition)  # features of half the size
    picture = condition.known[:, 0]
    torch.testing.assert_close(film[:, 2, :, :, :7], picture[:, :, :, 1:], atol=1e-5, rtol=0)
    flow = torch.zeros(2, 3, 2, 8, 8)
    flow[:, :, 0] = 0.125
    torch.testing.assert_close(film[:, 1:], warp(nearest_known(condition), flow)[:, 1:], atol=1e-5, rtol=0)


def test_clips_without_a_picture_are_what_was_painted():
    painted = torch.rand(2, 3, 3, 8, 8)
    paint = PaintOver(dim=4)
    assert torch.equal(paint(painted, torch.randn(2, 3, 4, 8, 8), told()), painted)
    condition = told(0)
    condition.mask[1] = 0
    condition.known[1] = 0
    film = paint(painted, torch.randn(2, 3, 4, 8, 8), condition)
    assert torch.equal(film[1], painted[1])
    assert not torch.equal(film[0], painted[0])


def test_where_only_a_region_is_given_the_rest_is_painted():
    condition, paint, painted = told(0), still(), torch.ones(2, 3, 3, 8, 8)
    condition.mask[:, :, :, :, 4:] = 0
    condition.known.mul_(condition.mask)
    with torch.no_grad():
        paint.steer.bias.copy_(torch.tensor([-50.0, 0.0, 0.0]))
    film = paint(painted, torch.randn(2, 3, 4, 8, 8), condition)
    torch.testing.assert_close(film[:, 1, :, :, :4], condition.known[:, 0, :, :, :4])
    assert torch.equal(film[..., 4:], painted[..., 4:])


def test_gradients_reach_mask_flow_and_what_was_painted():
    paint, painted = PaintOver(dim=4), torch.rand(2, 3, 3, 8, 8, requires_grad=True)
    paint(painted, torch.randn(2, 3, 4, 8, 8), told(0))[:, 1:].square().mean().backward()
    assert painted.grad is not None and painted.grad[:, 1:].abs().min() > 0
    assert paint.steer.bias.grad is not None and (paint.steer.bias.grad != 0).all()
