import numpy as np
import pytest
import torch

from kineograph.report.win_rate import wilson, win_rate


def test_votes_on_pictures_of_their_own_give_wilsons_interval():
    """8 of 10: (8 + 1.92) / 13.84 -+ 1.96 sqrt(1.6 + 0.96) / 13.84."""
    rate = win_rate([1.0] * 8 + [0.0] * 2, list(range(10)))
    assert rate.value == 0.8 and rate.effective == pytest.approx(10)
    assert (rate.low, rate.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_the_ends_solve_wilsons_equation():
    """At each end the share lies 1.96 standard errors of that end away."""
    for end in wilson(0.3, 40):
        assert abs(0.3 - end) == pytest.approx(1.959964 * (end * (1 - end) / 40) ** 0.5)


def test_ten_judges_of_one_mind_on_five_pictures_are_not_fifty_votes():
    """Identical votes on each picture: 50 (5 - 1) / (50 - 1) = 4.08 independent ones."""
    scores = [float(picture < 3) for picture in range(5) for _ in range(10)]
    groups = [picture for picture in range(5) for _ in range(10)]
    rate = win_rate(scores, groups)
    assert rate.value == 0.6 and rate.effective == pytest.approx(200 / 49)
    assert (rate.low, rate.high) == pytest.approx(wilson(0.6, 200 / 49))
    assert win_rate([1.0] * 50, groups).effective == pytest.approx(200 / 49)


def test_one_picture_says_nothing_of_others():
    assert win_rate([1.0, 1.0], [7, 7])[1:] == (0.0, 1.0, 0.0)


def test_a_tie_is_half_a_vote_for_each():
    rate = win_rate([0.5, 1.0, 0.0, 0.5], [0, 1, 2, 3])
    assert rate.value == 0.5 and rate.low == pytest.approx(1 - rate.high)
    assert rate.effective == 4  # ties scatter less than votes, but never count for more


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """Pictures differ in how much better one is (0.35 to 0.85); four judges each."""
    generator = torch.Generator().manual_seed(0)
    inside = []
    for _ in range(400):
        chance = 0.35 + 0.5 * torch.rand(20, generator=generator)
        votes = torch.bernoulli(chance.repeat_interleave(4), generator=generator)
        rate = win_rate(votes.tolist(), np.repeat(np.arange(20), 4).tolist())
        inside.append(rate.low <= 0.6 <= rate.high)
    assert 0.92 <= sum(inside) / 400 <= 0.99
