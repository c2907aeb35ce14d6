"""Where pixels come from when a picture is warped, and which given frame stands for each wanted one."""

import pytest
import torch

from kineograph.core.types import Condition
from kineograph.core.warp import keep_known, nearest_known, resize, resize_mask, warp


def film(b: int = 2, t: int = 3, c: int = 3, h: int = 8, w: int = 12) -> torch.Tensor:
    return torch.rand(b, t, c, h, w, generator=torch.Generator().manual_seed(0)) * 2 - 1


def given(known: torch.Tensor, frames: list[list[int]], times: list[float] | None = None) -> Condition:
    b, t, _, h, w = known.shape
    mask = torch.zeros(b, t, 1, h, w)
    for sample, places in enumerate(frames):
        mask[sample, places] = 1
    seconds = torch.arange(t) / 12 if times is None else torch.tensor(times)
    return Condition(
        known=known * mask,
        mask=mask,
        times=seconds.expand(b, t),
        label=torch.full((b,), -1),
        text=torch.zeros(b, 1, 1),
        text_mask=torch.zeros(b, 1, dtype=torch.bool),
        motion=torch.full((b,), torch.nan),
    )


def test_no_flow_is_the_identity():
    torch.testing.assert_close(warp(film(), torch.zeros(2, 3, 2, 8, 12)), film())


@pytest.mark.parametrize(("right", "down"), [(2, 0), (0, 3), (-1, 2)])
def test_a_whole_number_of_pixels_is_a_roll_inside(right, down):
    flow = torch.zeros(2, 3, 2, 8, 12)
    flow[:, :, 0], flow[:, :, 1] = right / 12, down / 8  # read so many pixels further on
    inside = (..., slice(3, -3), slice(3, -3))
    wanted = film().roll((-down, -right), dims=(3, 4))
    torch.testing.assert_close(warp(film(), flow)[inside], wanted[inside], atol=1e-5, rtol=0)


def test_half_a_pixel_is_the_mean_of_two():
    flow = torch.zeros(2, 3, 2, 8, 12)
    flow[:, :, 0] = 0.5 / 12
    wanted = (film()[..., :-1] + film()[..., 1:]) / 2
    torch.testing.assert_close(warp(film(), flow)[..., :-1], wanted, atol=1e-5, rtol=0)


def test_outside_the_picture_its_border_is_repeated():
    flow = torch.zeros(2, 3, 2, 8, 12)
    flow[:, :, 0] = 5.0
    torch.testing.assert_close(warp(film(), flow), film()[..., -1:].expand_as(film()))


def test_resize_by_whole_factors():
    torch.testing.assert_close(resize(film(), (8, 12)), film())
    flat = film(h=1, w=1).expand(-1, -1, -1, 8, 12)
    torch.testing.assert_close(resize(flat, (3, 5)), flat[..., :3, :5])
    ramp = torch.arange(12.0).expand(2, 3, 3, 8, 12)
    large = resize(ramp, (16, 24))
    assert large.shape == (2, 3, 3, 16, 24)
    torch.testing.assert_close(large[..., 1:-1], (torch.arange(24) / 2 - 0.25).expand_as(large)[..., 1:-1])


def test_nearest_known_by_hand():
    known = film(b=2, t=5)
    times = [0.0, 0.1, 0.5, 0.6, 1.2]
    condition = given(known, [[0, 4], [1]], times)  # 0.6 lies as far from 0 as from 1.2: the earlier one
    start = nearest_known(condition)
    assert torch.equal(start[0], known[0, [0, 0, 0, 0, 4]])
    assert torch.equal(start[1], known[1, 1].expand_as(start[1]))


def test_nearest_known_is_zero_where_nothing_is_given():
    assert nearest_known(given(film(), [[], []])).abs().max() == 0


def test_given_pixels_come_back_and_no_others():
    condition = given(film(), [[0], [1, 2]])
    condition = condition._replace(mask=condition.mask.clone())
    condition.mask[0, 0, :, :4] = 0  # the lower half of a frame
    made = torch.full_like(film(), 0.3)
    kept = keep_known(made, condition)
    assert torch.equal(kept[0, 0, :, 4:], film()[0, 0, :, 4:]) and torch.equal(kept[1, 1:], film()[1, 1:])
    assert (kept[0, 0, :, :4] == 0.3).all() and (kept[0, 1:] == 0.3).all() and (kept[1, 0] == 0.3).all()


@pytest.mark.parametrize(("size", "cells"), [((32, 32), 8), ((64, 64), 16), ((30, 46), 8), ((32, 32), 128)])
def test_a_cell_that_is_wholly_given_has_a_share_of_exactly_one(size, cells):
    """Rounding leaves some a little above or below it, where a loss weighted by 1 - share would reward errors."""
    whole = torch.ones(1, 2, 1, *size)
    assert (resize_mask(whole, (cells, cells)) == 1).all()
    assert (resize_mask(0 * whole, (cells, cells)) == 0).all()


def test_a_cell_that_is_given_in_part_has_its_share():
    mask = torch.zeros(1, 1, 1, 8, 8)
    mask[..., :4] = 1
    torch.testing.assert_close(resize_mask(mask, (2, 2))[0, 0, 0, 0, 0], resize(mask, (2, 2))[0, 0, 0, 0, 0])
    assert 0 < resize_mask(mask, (2, 2))[0, 0, 0, 0, 1] < 0.5 < resize_mask(mask, (2, 2))[0, 0, 0, 0, 0] < 1
