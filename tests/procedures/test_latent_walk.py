import math
from typing import NamedTuple

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.procedures.latent_walk import STOP, LatentWalk, between
from tests.procedures.imagined import Imagined


def walk(**changed):
    settings = {"num_stops": 2, "walks": ["content"], "hold": True, "closed": False} | changed
    return LatentWalk(animates=Imagined(), **settings)


def test_it_begins_at_the_first_stop_and_ends_at_the_last(condition):
    noise = Noise([1, 2, 3])
    film = walk().animate(condition, noise)
    ends = [Imagined().codes(condition, noise.branch(STOP + stop)).content.tanh() for stop in (0, 1)]
    torch.testing.assert_close(film[:, 0, :, 0, 0], ends[0])
    torch.testing.assert_close(film[:, -1, :, 0, 0], ends[1])


def test_a_closed_walk_comes_back(condition):
    film = walk(num_stops=3, closed=True).animate(condition, Noise([1, 2, 3]))
    torch.testing.assert_close(film[:, 0], film[:, -1])
    assert not torch.equal(film[:, 0], film[:, 1])


def test_not_held_each_frame_has_its_moment(condition):
    noise = Noise([1, 2, 3])
    film = walk(walks=["content", "motion"], hold=False).animate(condition, noise)
    last = Imagined().codes(condition, noise.branch(STOP + 1))
    torch.testing.assert_close(film[:, -1, :, 0, 0], (last.content + 3 / 12 * last.motion[:, 0]).tanh())


def test_half_way_between_right_angles_is_the_diagonal():
    one, other = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    half = math.sqrt(0.5)
    torch.testing.assert_close(between(one, other, 0.5), torch.tensor([[2 * half, 2 * half]]))  # length between 3 and 1
    torch.testing.assert_close(between(one, 2 * one, 0.25), 1.25 * one)
    assert between(torch.zeros(2, 0), torch.zeros(2, 0), 0.5).shape == (2, 0)


def test_a_walk_of_one_stop_is_refused():
    with pytest.raises(UserError, match="2 stops"):
        walk(num_stops=1)


def test_named_codes_go_along(condition):
    class Named(NamedTuple):
        content: torch.Tensor
        content_values: torch.Tensor
        content_category: torch.Tensor
        motion: torch.Tensor

    seen = []

    class Remembers(Imagined):
        def codes(self, condition, noise):
            b, kind = condition.batch, int(noise.seeds[0]) % 2
            return Named(noise.normal(3), noise.normal(2), torch.full((b, 1), kind), noise.normal(1, 3))

        def film(self, condition, codes):
            seen.append(codes)
            return super().film(condition, codes)

    walked = LatentWalk(animates=Remembers(), num_stops=2, walks=["content"], hold=False, closed=False)
    walked.animate(condition, Noise([1, 2, 3]))
    ends = [Remembers().codes(condition, Noise([1, 2, 3]).branch(1 + stop)) for stop in range(2)]
    for codes, end in ((seen[0], ends[0]), (seen[-1], ends[1])):
        for name in ("content", "content_values", "content_category"):
            torch.testing.assert_close(getattr(codes, name), getattr(end, name))
        assert torch.equal(codes.motion, ends[0].motion)
