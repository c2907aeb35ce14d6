import torch

from kineograph.core.types import Condition
from kineograph.core.warp import nearest_known, warp
from kineograph.networks.blocks.paint_over import BEGIN, REACH, PaintOver
from tests.networks.quickstart import condition as conditioned
from tests.networks.quickstart import film as clip


def told(*known: int) -> Condition:
    return conditioned(clip(2, 3, 8, 8), known=list(known))


def test_it_begins_as_the_still_picture_with_an_eighth_painted():
    condition, painted = told(0), torch.rand(2, 3, 3, 8, 8) * 2 - 1
    film = PaintOver(dim=4)(painted, torch.randn(2, 3, 4, 8, 8), condition)
    share = 1 / (1 + torch.tensor(-BEGIN).exp())
    wanted = share * painted[:, 1:] + (1 - share) * condition.known[:, :1]
    torch.testing.assert_close(film[:, 1:], wanted)
    assert torch.equal(film[:, 0], condition.known[:, 0])  # given pixels come back exactly


def test_an_even_flow_moves_the_picture_and_a_closed_mask_paints_nothing():
    condition, paint = told(0), PaintOver(dim=4)
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
    condition, paint, painted = told(0), PaintOver(dim=4), torch.ones(2, 3, 3, 8, 8)
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
