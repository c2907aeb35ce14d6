"""The generate-and-measure loop, for anything that animates."""

import time
import warnings
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.protocols import Animates, Metric, Task
from kineograph.core.random import Noise, mix
from kineograph.core.types import Clip, Sample, Video


def evaluate(
    animates: Animates | None,  # None: the real clips stand for the generated ones, which gives the floor
    clips: Iterable[Clip],  # batches, this rank's part; kept in a list, their features are computed once for all rows
    task: Task,
    metrics: Mapping[str, Metric],
    seed: int,
    device: torch.device | str = "cpu",
    through: Callable[[Video], Video] | None = None,  # the codec of generated films; the real ones went through it
) -> dict[str, float]:
    """One row of the table: NAME, and NAME_low and NAME_high where a metric has an interval.

    A clip's noise comes from the seed and its key alone, so batches and ranks do not matter; every rank gets the same
    numbers. Raises UserError where a generated film is not finite.
    """
    for metric in metrics.values():
        metric.reset()
        metric.to(device)
    with torch.no_grad():
        for clip in clips:
            clip = Clip(*(_to(field, device) for field in clip))
            _finite(clip.video, clip, "real film", "the data are damaged")
            condition = task(clip)
            seeds = torch.tensor([mix(seed, key) for key in clip.key.tolist()])
            _wait(device)
            started = time.perf_counter()
            fake = clip.video if animates is None else animates.animate(condition, Noise(seeds, condition.device))
            _wait(device)
            cost = 0.0 if animates is None else (time.perf_counter() - started) / len(clip.key)
            if animates is not None:
                fake = as_filmed(fake, clip)
                fake = fake if through is None else through(fake)
            sample = Sample(clip, condition, fake, {}, seeds, cost)
            for metric in metrics.values():
                metric.update(sample)
    row: dict[str, float] = {}
    with warnings.catch_warnings():  # a rank may have no clips of its own
        warnings.filterwarnings("ignore", message=".*was called before the ``update`` method.*")
        for name, metric in metrics.items():
            for part, value in metric.compute().items():
                row[name if part == "value" else f"{name}_{part}"] = float(value)
    return row


def as_filmed(fake: Video, clip: Clip) -> Video:
    """What a file would hold: 8 bits a channel, as the real clips have.

    Raises UserError where the film is of another shape than the clip, or not finite.
    """
    if fake.shape != clip.video.shape:
        raise UserError(f"the animator answered {tuple(fake.shape)} where {tuple(clip.video.shape)} was asked")
    _finite(fake, clip, "film", "the weights have diverged")
    return ((fake.float() + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1


def _finite(video: Video, clip: Clip, kind: str, cause: str) -> None:
    finite = video.isfinite().flatten(1).all(dim=1)
    if not bool(finite.all()):
        key = int(clip.key[~finite][0])
        raise UserError(f"the {kind} of clip {key} holds numbers that are not finite: {cause}")


def _to(field: Tensor, device: torch.device | str) -> Tensor:
    return field.to(device)  # the same tensor where it is there already, so that its features are remembered


def _wait(device: torch.device | str) -> None:
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()
