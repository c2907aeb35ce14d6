"""A trainer and an animator that only remember what callbacks ask of them."""

from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.loggers.logger import Logger

from tests.runtime.tiny_part import TinyAnimator, TinyData


class Memory(Logger):
    """Keeps the rows and films it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int | None, dict[str, float]]] = []
        self.films: list[tuple] = []
        self.rewound: list[int] = []

    name = "memory"
    version = ""

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None: ...

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.rows.append((step, metrics))

    def show(self, *film: Any) -> None:
        self.films.append(film)

    def rewind(self, images_seen: int) -> None:
        self.rewound.append(images_seen)


class StandIn(Trainer):
    """A Trainer without Lightning's constructor."""

    def __init__(self, *callbacks: Any) -> None:
        self.callbacks = list(callbacks)
        self.memory = Memory()
        self.stop = False
        self.optimizers_ = []
        self.data = data()

    loggers = property(lambda self: [self.memory])
    world_size = property(lambda self: 1)
    global_rank = property(lambda self: 0)
    is_global_zero = property(lambda self: True)
    should_stop = property(lambda self: self.stop, lambda self, value: setattr(self, "stop", value))
    datamodule = property(lambda self: self.data)
    optimizers = property(lambda self: self.optimizers_)


def data() -> TinyData:
    return TinyData(batch_size=4, num_frames=4, height=8, width=8, fps=12.0, num_windows=1)


def animator(**changed: Any) -> TinyAnimator:
    torch.manual_seed(0)
    given = {"seed": 0, "accumulate": 1, "signal_at": -1, "fail_at": -1, "die_at": -1, "brightness": 0.0}
    return TinyAnimator(**{**given, **changed})


def see(callback: Any, trainer: Trainer, module: LightningModule, images: int) -> None:
    """One more batch of so many images."""
    module.images_seen += images
    module.batches_seen += 1
    callback.on_train_batch_end(trainer, module, None, None, 0)


__all__ = ["Memory", "StandIn", "animator", "data", "see"]
