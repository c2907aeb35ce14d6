import warnings

import pytest

from kineograph.callbacks.loss_guard import LossGuard
from tests.callbacks.stand_in import StandIn, animator, see


def walk(name: str, values: list[float]) -> list[str]:
    """The warnings that these logged values bring, each with the number of its log."""
    guard, trainer, tiny = LossGuard(window=5, spike=10.0, won=0.01, patience=3), StandIn(), animator()
    told = []
    for number, value in enumerate(values):
        tiny.latest = {name: value}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            see(guard, trainer, tiny, 4)
            see(guard, trainer, tiny, 4)  # the same log again
        told += [f"{number}: {warning.message}" for warning in caught]
    return told


def test_a_leap_is_told_once_until_it_is_over():
    (told, again) = walk("train/l1", [1, 1, 2, 1, 1, 9, 30, 40, 1, 1, 1, 1, 1, 50])
    assert told.startswith("6: train/l1 leaps to 30 after 52 images")
    assert again.startswith("13: ")


@pytest.mark.parametrize(
    ("values", "logs"),
    [([0.5, 0.001, 0, 0.002, 0, 0.4, 0, 0, 0], [3, 8]), ([0.5, 0.02, 0.02], []), ([-1.0, -2.0, -3.0, -4.0], [])],
)
def test_a_judge_that_has_won(values, logs):
    told = walk("train/discriminator/frame", values)
    assert [int(line.partition(":")[0]) for line in told if "the judge frame has won" in line] == logs


def test_other_ranks_are_silent(monkeypatch):
    monkeypatch.setattr(StandIn, "is_global_zero", property(lambda self: False))
    assert walk("train/discriminator/frame", [0.0] * 5) == []
