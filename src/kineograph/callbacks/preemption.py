"""Leaves the machine when it is asked to: the update at hand is finished, a checkpoint is written, training ends."""

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol, runtime_checkable

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from kineograph.callbacks.periodic import Periodic

SIGNALS = (signal.SIGTERM, signal.SIGUSR2, signal.SIGINT)


@runtime_checkable
class Saves(Protocol):
    """A callback that can write a checkpoint between two updates."""

    def save_between(self, trainer: Trainer, animator: LightningModule) -> None: ...


class Preemption(Callback):
    """Answers SIGTERM, SIGUSR2 and Ctrl-C. A second Ctrl-C ends at once; further SIGTERMs change nothing.

    All ranks stop after the same batch. The process that trains ends with exit code 143 (130 after Ctrl-C). While an
    evaluation is under way, which may outlast the grace, a checkpoint is written at once.
    """

    def __init__(self) -> None:
        self.save: Callable[[], None] = lambda: None
        self.asked_by: int | None = None
        self.stopped_by: int | None = None
        self.earlier: dict[int, Any] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        def save() -> None:
            if any(isinstance(callback, Periodic) and callback.acting for callback in trainer.callbacks):
                for callback in trainer.callbacks:
                    if isinstance(callback, Saves):
                        callback.save_between(trainer, pl_module)

        self.save = save
        if threading.current_thread() is threading.main_thread():  # Python allows it nowhere else
            self.earlier = {number: signal.signal(number, self._ask) for number in SIGNALS}

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            if self.asked_by is not None:
                raise KeyboardInterrupt
            print("\nstopping after this update; Ctrl-C again to stop at once", file=sys.stderr, flush=True)
        first = self.asked_by is None
        self.asked_by = int(signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)
        if first:
            self.save()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if pl_module.batches_seen % pl_module.accumulate:
            return
        asked = self.asked_by or 0
        if trainer.world_size > 1:
            told = torch.tensor(asked, device=pl_module.device)
            torch.distributed.all_reduce(told, op=torch.distributed.ReduceOp.MAX)
            asked = int(told)
        if asked:
            self.stopped_by = asked
            trainer.should_stop = True

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        for number, handler in self.earlier.items():
            signal.signal(number, handler)
        self.earlier = {}

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self.teardown(trainer, pl_module, "fit")
