"""How often one of two is chosen, with an interval that knows that votes on one picture resemble each other.

Wilson 1927, equation 5, at the effective number of votes of Kish, "Survey Sampling", 1965, section 5.4.
"""

from collections import defaultdict
from math import sqrt
from typing import NamedTuple

Z = 1.959964  # of 95 %


class WinRate(NamedTuple):
    """A share of votes and its 95 % interval."""

    value: float
    low: float
    high: float
    effective: float  # independent votes that would tell as much; 0 where all are on one picture


def win_rate(scores: list[float], groups: list[int]) -> WinRate:
    """Of scores (1 won, 0 lost, a half for a tie) and the picture's group of each; there is at least one."""
    count, clusters = len(scores), len(set(groups))
    value = sum(scores) / count
    if clusters == 1:
        effective = 0.0  # one picture says nothing of others
    elif value in (0, 1):
        effective = count * (clusters - 1) / (count - 1)  # as if a picture's votes were one vote
    else:
        apart: dict[int, float] = defaultdict(float)
        for score, group in zip(scores, groups, strict=True):
            apart[group] += score - value
        clustered = sum(part**2 for part in apart.values()) * clusters / (clusters - 1)
        simple = count * value * (1 - value) * count / (count - 1)
        effective = count / max(1.0, clustered / simple)
    low, high = wilson(value, effective)
    return WinRate(value, low, high, effective)


def wilson(share: float | int, count: float | int) -> tuple[float, float]:
    """The interval of a share of so many votes; all of 0 to 1 where there is none."""
    middle = count * share + Z**2 / 2
    half = Z * sqrt(count * share * (1 - share) + Z**2 / 4)
    return (middle - half) / (count + Z**2), (middle + half) / (count + Z**2)
