import torch

from kineograph.metrics.bootstrap import draw_groups, halves, interval

GROUPS = torch.tensor([7, 7, 3, 9, 9, 9, 4])


def test_halves_split_whole_groups_in_balance():
    one, two = halves(GROUPS, 0)
    assert (one ^ two).all()
    assert set(GROUPS[one].tolist()).isdisjoint(GROUPS[two].tolist())
    assert GROUPS[one].unique().numel() == GROUPS[two].unique().numel() == 2


def test_halves_depend_on_the_group_alone():
    one, _ = halves(GROUPS, 0)
    flipped, _ = halves(GROUPS.flip(0), 0)
    assert torch.equal(one, flipped.flip(0))


def test_another_split_gives_other_halves():
    groups = torch.arange(12)
    assert len({tuple(halves(groups, split)[0].tolist()) for split in range(16)}) == 16


def test_groups_are_drawn_whole_and_as_many_as_there_are():
    drawn = draw_groups(GROUPS, 50, seed=0)
    assert torch.equal(drawn[:, 0], drawn[:, 1])
    assert (drawn[:, [0, 2, 3, 6]].sum(dim=1) == 4).all()
    assert torch.equal(drawn, draw_groups(GROUPS, 50, seed=0))


def test_interval_holds_the_middle():
    low, high = interval(torch.arange(1001).double())
    assert (float(low), float(high)) == (25, 975)


def test_an_interval_of_the_few_resamples_that_have_a_value_is_none():
    values = torch.arange(1001).double()
    values[:500] = torch.nan
    assert float(interval(values)[0]) == 512.5
    values[500] = torch.nan
    assert all(end.isnan() for end in interval(values))
