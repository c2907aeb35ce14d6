"""How far training is: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from rich.progress import BarColumn, Progress, TextColumn


class ProgressReport(Callback):
    """Images seen of ``max_images``, images a second, time left and the latest loss terms; on rank 0."""

    def __init__(self, *, max_images: int, every_seconds: float):
        self.max_images = max_images
        self.every_seconds = every_seconds  # between plain lines
        self.bar: Progress | None = None
        self.task: Any = None
        self.begun = 0.0
        self.first = 0
        self.told = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.begun = self.told = time.monotonic()
        self.first = pl_module.images_seen
        if not trainer.is_global_zero:
            return
        if sys.stderr.isatty():
            self.bar = Progress(TextColumn("train"), BarColumn(bar_width=30), TextColumn("{task.description}"))
            self.task = self.bar.add_task("", total=self.max_images, completed=self.first)
            self.bar.start()
        elif self.first:
            print(f"train: resumed at {self.first} images", file=sys.stderr, flush=True)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not trainer.is_global_zero:
            return
        now = time.monotonic()
        done = pl_module.images_seen >= self.max_images
        if self.bar is not None:
            self.bar.update(self.task, completed=pl_module.images_seen, description=self.line(pl_module))
        elif now - self.told >= self.every_seconds or done:
            self.told = now
            print(f"train: {self.line(pl_module)}", file=sys.stderr, flush=True)

    def line(self, animator: LightningModule) -> str:
        """``3200/20000 images  41.2/s  6:47 left  l1 0.031``"""
        seconds = max(time.monotonic() - self.begun, 1e-9)
        speed = (animator.images_seen - self.first) / seconds
        left = int((self.max_images - animator.images_seen) / max(speed, 1e-9))
        terms = "  ".join(f"{name.removeprefix('train/')} {value:.3g}" for name, value in animator.latest.items())
        return (
            f"{animator.images_seen}/{self.max_images} images  {speed:.1f}/s  "
            f"{max(left, 0) // 60}:{max(left, 0) % 60:02d} left  {terms}"
        )

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self.teardown(trainer, pl_module, "fit")
