"""Something that happens every so many images of training."""

import time
from abc import ABC, abstractmethod
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from kineograph.core.errors import at_least
from kineograph.core.sharding import gathered


class Periodic(Callback, ABC):
    """Acts each time another ``every_images`` images have been seen, and once more at the end of training.

    The clock is ``animator.images_seen``, over all ranks and kept over resumes; ``seconds`` is the time spent here,
    which does not count as training. It acts between updates, never inside an accumulation. A run that was stopped
    while it acted acts again when it is resumed.
    """

    def __init__(self, *, every_images: int):
        at_least(1, **{f"{type(self).__name__}.every_images": every_images})
        self.every_images = every_images
        self.seconds = 0.0
        self.last: int | None = None  # images seen at the last act
        self.resumed: int | None = None  # the same, as a checkpoint tells it
        self.acting = False

    @abstractmethod
    def act(self, trainer: Trainer, animator: LightningModule) -> None:
        """Called on every rank at the same moment of the run."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.last = pl_module.images_seen if self.resumed is None else self.resumed

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._act_if_due(trainer, pl_module)  # not in on_train_start: preemption listens from there on

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if pl_module.batches_seen % pl_module.accumulate == 0:
            self._act_if_due(trainer, pl_module)

    def _act_if_due(self, trainer: Trainer, animator: LightningModule) -> None:
        assert self.last is not None
        if animator.images_seen // self.every_images > self.last // self.every_images:
            self._timed(trainer, animator)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.should_stop and pl_module.images_seen != self.last:
            self._timed(trainer, pl_module)

    def _timed(self, trainer: Trainer, animator: LightningModule) -> None:
        begun = time.perf_counter()
        self.acting = True
        with gathered(animator.averaged):
            self.act(trainer, animator)
        self.acting = False
        self.last = animator.images_seen
        self.seconds += time.perf_counter() - begun


def seconds_beside(trainer: Trainer) -> float:
    """What the periodic callbacks have taken so far; it is no training."""
    return sum((callback.seconds for callback in trainer.callbacks if isinstance(callback, Periodic)), 0.0)
