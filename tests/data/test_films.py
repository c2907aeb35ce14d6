"""Splits and group numbers."""

import pytest

from kineograph.core.errors import UserError
from kineograph.data import films
from kineograph.data.films import check_counts, check_share, group_number, group_numbers, split_of, told_splits
from kineograph.data.sources.moving_digits import MovingDigits
from kineograph.data.sources.moving_shapes import MovingShapes

DRAWN = {"num_clips": 10, "height": 32, "width": 32, "duration": 1, "seed": 0}
GIVEN = {
    MovingShapes: DRAWN | {"channels": 3, "background": [255, 255, 255]},
    MovingDigits: DRAWN | {"num_digits": 1, "digit_size": 0.5, "speeds": [0.1, 0.2], "at_walls": "reflect"},
}


def test_a_split_depends_on_the_group_alone():
    few, many = split_of([f"g{i}" for i in range(50)], 0.3), split_of([f"g{i}" for i in range(5000)], 0.3)
    assert all(many[group] == split for group, split in few.items())
    share = sum(split == "held_out" for split in many.values()) / 5000
    assert abs(share - 0.3) < 0.02  # three standard deviations of a fair draw


def test_no_split_is_left_empty():
    assert sorted(split_of(["a", "b"], 0.001).values()) == ["held_out", "train"]
    assert sorted(split_of(["a", "b"], 0.999).values()) == ["held_out", "train"]
    assert split_of(["a"], 0.999) == {"a": "train"}
    assert set(split_of(["a", "b", "c"], 0.0).values()) == {"train"}


def test_group_numbers_leave_room_in_63_bits():
    assert group_number("a") == group_number("a") != group_number("b")
    assert group_number("a") * 1_000_000 + 999_999 < 2**63


def test_groups_whose_hashes_meet_have_numbers_of_their_own(monkeypatch):
    alone = {group: group_number(group) for group in "abcd"}
    assert group_numbers("abcd") == alone
    meeting = {"a": 7, "b": 2**40 - 1, "c": 7, "d": 8, "e": 2**40 - 1}
    monkeypatch.setattr(films, "group_number", meeting.__getitem__)
    assert group_numbers("edcba") == {"a": 7, "b": 2**40 - 1, "c": 8, "d": 9, "e": 0}


@pytest.mark.parametrize("held_out", [10, 1, 1.0, -0.1, float("nan"), True])
def test_what_is_held_out_is_a_share(held_out):
    with pytest.raises(UserError, match=r"data.source.held_out is .*a share of the groups, from 0 to below 1"):
        check_share(held_out)
    for source in (MovingShapes, MovingDigits):
        with pytest.raises(UserError, match="held_out"):
            source(**(GIVEN[source] | {"held_out": held_out}))
    check_share(0), check_share(0.999)


def test_a_group_told_two_splits_names_both_films():
    assert told_splits([("a", "train", "1"), ("b", "held_out", "2"), ("a", "train", "3")]) == {
        "a": "train",
        "b": "held_out",
    }
    with pytest.raises(UserError, match="group a: in both splits: '1' is told train and '3' held_out"):
        told_splits([("a", "train", "1"), ("b", "held_out", "2"), ("a", "held_out", "3")])


def test_a_group_has_a_thousand_keys():
    check_counts(["a"] * 1000 + ["b"])
    with pytest.raises(UserError, match="group a: 1001 films, more than 1000; split the group"):
        check_counts(["b", *["a"] * 1001])
