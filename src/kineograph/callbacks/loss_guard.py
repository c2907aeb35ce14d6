"""Warns when a loss leaps, and when a judge has won."""

import statistics
import warnings
from collections import deque
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

JUDGES = "train/discriminator/"


class LossGuard(Callback):
    """Looks at the logged terms, against the last ``window`` of each; a warning a term and trouble, until it is over.

    A term leaps when its size is above ``spike`` times the median. A judge has won when its loss has stayed in
    [0, ``won``] for ``patience`` logs: it tells real from made without a mistake, and the generator learns nothing.
    Terms that are not finite are not this callback's: they stop the run.
    """

    def __init__(self, *, window: int, spike: float, won: float, patience: int):
        self.spike = spike
        self.won = won
        self.patience = patience
        self.window = window
        self.earlier: dict[str, deque[float]] = {}
        self.told: set[str] = set()
        self.seen: dict[str, float] | None = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if pl_module.latest is self.seen:  # a log every few batches, and the same numbers until the next one
            return
        self.seen = pl_module.latest
        for name, value in pl_module.latest.items():
            earlier = self.earlier.setdefault(name, deque(maxlen=self.window))
            earlier.append(abs(value))
            median = statistics.median(earlier)
            leapt = len(earlier) == self.window and median > 0 and abs(value) > self.spike * median
            self._tell(
                trainer,
                leapt,
                f"{name} leaps to {value:.3g} after {pl_module.images_seen} images (the median of the last "
                f"{self.window} logs: {median:.3g}); a lower learning rate or animator.grad_clip helps if it stays",
                f"leap {name}",
            )
            if name.startswith(JUDGES):
                last = list(earlier)[-self.patience :]
                won = value >= 0 and len(last) == self.patience and max(last) <= self.won
                self._tell(
                    trainer,
                    won,
                    f"the judge {name.removeprefix(JUDGES)} has won: its loss stayed below {self.won} for "
                    f"{self.patience} logs, until {pl_module.images_seen} images; give it stronger penalties, an "
                    "augmented view or a lower learning rate",
                    f"won {name}",
                )

    def _tell(self, trainer: Trainer, trouble: bool, message: str, topic: str) -> None:
        if trouble and topic not in self.told and trainer.is_global_zero:
            warnings.warn(message, stacklevel=2)
        (self.told.add if trouble else self.told.discard)(topic)
