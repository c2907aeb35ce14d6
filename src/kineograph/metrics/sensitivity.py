"""Does a metric measure? Every metric on controlled damage of real clips, against the clips themselves.

Errors by the jackknife over groups: Efron and Stein, "The jackknife estimate of variance", 1981, equation 1.2.
"""

import copy
import math
import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch
from torchmetrics import Metric

from kineograph.core.errors import UserError
from kineograph.core.protocols import Task
from kineograph.core.random import Noise, mix
from kineograph.core.types import Clip, Sample, Video
from kineograph.metrics.damages import DAMAGES, played

NOTHING = 1e-6  # a change this small is rounding
SEEN = 4.0  # standard errors; with five folds left out in turn, chance gives that in 1.6 % of cells
NOT_SCORES = ("low", "high", "excess", "chance")  # parts, and endings of parts


class Reading(NamedTuple):
    """One cell of the matrix."""

    metric: str
    damage: str
    harms: str
    strength: float
    real: float  # of the undamaged clips
    real_error: float  # its standard error
    value: float
    error: float  # the standard error of value - real, on the same clips

    @property
    def effect(self) -> float:
        """value - real in standard errors; infinite where it is the same in every part of the data."""
        change = self.value - self.real
        if math.isnan(change):
            return math.nan
        if abs(change) <= NOTHING:
            return 0.0
        return change / self.error if self.error > 0 else math.copysign(math.inf, change)

    @property
    def sign(self) -> int:
        """1 or -1 where the damage is seen, else 0."""
        return 0 if math.isnan(self.effect) or abs(self.effect) < SEEN else int(math.copysign(1, self.effect))


def sensitivity(
    metrics: dict[str, Metric],
    dense: Clip,  # all clips, with the frames that the damages need
    task: Task,
    damages: list[str],
    batch_size: int,
    num_folds: int,
    seed: int,
    tell: Callable[[str], None],  # is told what is being measured
) -> list[Reading]:
    """The whole matrix. Raises UserError where there are fewer groups than folds."""
    video = played(dense.video, 1.0)
    clip = dense._replace(video=video, times=dense.times[:, ::2][:, : video.shape[1]])
    folds = _folds(clip, num_folds)
    parts = [part for fold in folds for part in fold.split(batch_size)]
    numbers = [number for number, fold in enumerate(folds) for _ in fold.split(batch_size)]
    batches = [Clip(*(field[part] for field in clip)) for part in parts]
    conditions = [task(batch) for batch in batches]

    def scores(fake: Video | None) -> dict[str, list[float]]:
        """Name -> the score of all clips, then the scores with each fold left out."""
        fresh = [{name: copy.deepcopy(metric) for name, metric in metrics.items()} for _ in folds]
        for batch, condition, part, number in zip(batches, conditions, parts, numbers, strict=True):
            made = batch.video if fake is None else fake[part]
            seeds = torch.tensor([mix(seed, key) for key in batch.key.tolist()])
            sample = Sample(batch, condition, made, {}, seeds, 0.0)
            for metric in fresh[number].values():
                metric.update(sample)
        sets = [range(num_folds), *([n for n in range(num_folds) if n != out] for out in range(num_folds))]
        found: dict[str, list[float]] = {}
        for name, metric in metrics.items():
            for chosen in sets:
                for part, value in _merged(metric, [fresh[number][name] for number in chosen]).items():
                    if not part.endswith(NOT_SCORES):
                        found.setdefault(name if part == "value" else f"{name}_{part}", []).append(value)
        return found

    tell("real clips")
    real = scores(None)
    readings = []
    for place, name in enumerate(damages):
        damage = DAMAGES[name]
        for strength in damage.strengths:
            tell(f"{name} {strength:g}")
            noise = Noise([mix(seed, place, key) for key in dense.key.tolist()], dense.video.device)
            fake = damage.apply(dense.video, strength, noise)
            harmed = scores(((fake + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1)  # as a file would hold it
            for metric, values in harmed.items():
                change = [value - before for value, before in zip(values, real[metric], strict=True)]
                cell = (real[metric][0], _error(real[metric][1:]), values[0], _error(change[1:]))
                readings.append(Reading(metric, name, damage.harms, strength, *cell))
    return readings


def _folds(clip: Clip, num_folds: int) -> list[torch.Tensor]:
    """The places of the clips of each fold; groups stay whole."""
    groups = sorted(set(clip.group.tolist()), key=lambda group: mix(0, group))
    if len(groups) < 2 * num_folds:
        raise UserError(
            f"the sensitivity matrix needs at least {2 * num_folds} groups of held-out clips and there are "
            f"{len(groups)}: hold out more of the data"
        )
    fold_of = {group: place % num_folds for place, group in enumerate(groups)}
    folds = torch.tensor([fold_of[group] for group in clip.group.tolist()])
    return [(folds == number).nonzero()[:, 0] for number in range(num_folds)]


def _merged(metric: Metric, parts: list[Metric]) -> dict[str, float]:
    whole = copy.deepcopy(metric)
    for part in parts:
        whole.merge_state(part)
    with warnings.catch_warnings():  # its states were given, not updated
        warnings.filterwarnings("ignore", message=".*was called before the ``update`` method.*")
        return {name: float(value) for name, value in whole.compute().items()}


def _error(left_out: list[float]) -> float:
    """The jackknife's standard error from the values with each fold left out."""
    values = torch.tensor(left_out, dtype=torch.float64)
    return float(((len(values) - 1) * values.var(correction=0)).sqrt())
