"""alpha^2 as a piece of a sigmoid (Jabri et al. 2022, arXiv:2212.11972, Algorithm 5), never quite zero."""

import math

import torch

from kineograph.core.types import Level


class SigmoidSchedule:
    """alpha^2 falls from 1 to ``last`` as sigmoid(x / temperature) does for x from -``start`` to -``end``."""

    def __init__(self, *, start: float, end: float, temperature: float, last: float):
        self.start = start / temperature
        self.end = end / temperature
        self.last = last

    def log_alpha(self, level: Level) -> Level:
        return self._square(level).log() / 2

    def log_alpha_slope(self, level: Level) -> Level:
        place = self._place(level)
        fall = torch.sigmoid(place) * torch.sigmoid(-place) * (self.end - self.start) / self._height()
        return -(1 - self.last) * fall / self._square(level) / 2

    def _square(self, level: Level) -> Level:
        share = (torch.sigmoid(-self._place(level)) - _sigmoid(-self.end)) / self._height()
        return self.last + (1 - self.last) * share

    def _place(self, level: Level) -> Level:
        return self.start + level * (self.end - self.start)

    def _height(self) -> float:
        return _sigmoid(-self.start) - _sigmoid(-self.end)


def _sigmoid(number: float) -> float:
    return 1 / (1 + math.exp(-number))
