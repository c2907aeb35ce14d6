"""Scores the animator on held-out clips while it trains."""

import json
import math
import warnings
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from pytorch_lightning import LightningModule, Trainer

from kineograph.callbacks.periodic import Periodic
from kineograph.core.evaluate import evaluate
from kineograph.core.protocols import Metric, Remembers
from kineograph.core.run import write_atomic
from kineograph.core.types import Clip


@runtime_checkable
class Judges(Protocol):
    """A callback that wants the scores while the animator is still the one that they are of."""

    def judge(self, trainer: Trainer, animator: LightningModule, scores: dict[str, float]) -> None: ...


class Evaluation(Periodic):
    """Every ``every_images`` images: all ranks share the held-out clips, the loggers get ``eval/NAME``.

    It is measured at the clip shape that is trained; the table's numbers come from ``kineograph evaluate``.
    """

    def __init__(
        self,
        *,
        every_images: int,
        num_clips: int | None,  # over all ranks; None = all that are held out
        batch_size: int,
        seed: int,  # of the noise
        run_dir: str,
        metrics: dict[str, Metric],
    ):
        super().__init__(every_images=every_images)
        self.num_clips = num_clips
        self.batch_size = batch_size
        self.seed = seed
        self.run_dir = Path(run_dir)
        self.metrics = metrics
        self.taught = False
        self.clips: list[Any] | None = None  # kept, so that the features of the real ones are computed once

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        super().on_train_start(trainer, pl_module)
        if self.metrics:
            self.held_out(trainer)  # data that hold nothing out are told before the training, not after it

    def teach(self, trainer: Trainer, animator: LightningModule) -> None:
        """Metrics that learn from the training clips do so before they are first asked: every rank from the same
        clips, and nothing is drawn, so that a resumed run teaches them the same.
        """
        if self.taught:
            return
        data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        with torch.no_grad():
            for metric in self.metrics.values():
                if isinstance(metric, Remembers):
                    clips = data.train_clips(self.batch_size, mixed=True)
                    metric.remember(Clip(*(field.to(animator.device) for field in clip)) for clip in clips)
        self.taught = True

    def held_out(self, trainer: Trainer) -> list[Any]:
        """This rank's clips."""
        if self.clips is None:
            data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
            self.clips = list(
                data.held_out_loader(self.batch_size, trainer.global_rank, trainer.world_size, self.num_clips)
            )
        return self.clips

    def act(self, trainer: Trainer, animator: LightningModule) -> None:
        if not self.metrics:
            return
        data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        self.teach(trainer, animator)
        scores = evaluate(animator, self.held_out(trainer), data.task, self.metrics, self.seed, animator.device)
        named = {f"eval/{name}": value for name, value in scores.items()}
        for logger in trainer.loggers:
            logger.log_metrics(named, step=animator.images_seen)
        if trainer.is_global_zero:
            if lost := [name for name, value in scores.items() if not math.isfinite(value)]:
                warnings.warn(f"after {animator.images_seen} images not finite: {', '.join(lost)}", stacklevel=2)
            folder = self.run_dir / "evaluations"
            folder.mkdir(exist_ok=True)
            row = {"images_seen": animator.images_seen, "num_clips": self.num_clips, "metrics": scores}
            write_atomic(folder / f"periodic-{animator.images_seen:012d}.json", json.dumps(row, indent=1))
        for callback in trainer.callbacks:
            if isinstance(callback, Judges):
                callback.judge(trainer, animator, scores)
