"""Splits and group numbers."""

from kineograph.data.films import group_number, split_of


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
