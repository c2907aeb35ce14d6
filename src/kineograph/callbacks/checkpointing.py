"""Writes checkpoints between updates, and starts a run where its newest one left it."""

import time
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pytorch_lightning import Callback, LightningModule, Trainer

from kineograph.callbacks.periodic import Periodic
from kineograph.core.errors import UserError
from kineograph.core.run import Run


@runtime_checkable
class Store(Protocol):
    """Where checkpoints are kept."""

    def save(self, state: dict[str, Any], images_seen: int) -> Path: ...

    def latest(self) -> dict[str, Any] | None: ...


@runtime_checkable
class Rewinds(Protocol):
    """A log that can forget what came after a checkpoint."""

    def rewind(self, images_seen: int) -> None: ...


class Checkpointing(Callback):
    """Saves every ``every_images`` images or ``every_minutes`` minutes, and at the end, whatever ended it.

    A checkpoint holds the animator (networks, averages, clock), its optimizers and the seconds of training; since all
    randomness follows from seed and clock, a resumed run is the run that never stopped. List it last: it counts as
    training the time between its own turns, less what the periodic callbacks took.
    """

    def __init__(self, *, run_dir: str, store: Store, every_images: int, every_minutes: float):
        self.run = Run(Path(run_dir))
        self.store = store
        self.every_images = every_images
        self.every_minutes = every_minutes
        self.earlier_seconds = 0.0  # of training, before this process
        self.begun = 0.0
        self.saved_at = 0.0
        self.saved_images = 0

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        state = self.store.latest()
        if state is not None:
            self._restore(state, trainer, pl_module)
        for logger in trainer.loggers:
            if isinstance(logger, Rewinds):
                logger.rewind(pl_module.images_seen)
        self.saved_images = pl_module.images_seen

    def _restore(self, state: dict[str, Any], trainer: Trainer, animator: LightningModule) -> None:
        if state["world_size"] != trainer.world_size:
            raise UserError(
                f"the checkpoint was written by {state['world_size']} ranks, this run has {trainer.world_size}; "
                "resume with the same number"
            )
        try:
            animator.load_state_dict(state["animator"])
            for optimizer, kept in zip(trainer.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(kept)
        except (RuntimeError, ValueError, KeyError) as error:
            lines = " ".join(str(error).split())
            raise UserError(f"the checkpoint does not fit the run's own configuration: {lines[:300]}") from error
        self.earlier_seconds = state["train_seconds"]
        trainer.datamodule.start_position = animator.images_seen  # pyright: ignore[reportAttributeAccessIssue]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.begun = self.saved_at = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if pl_module.batches_seen % pl_module.accumulate:
            return  # gradients are half gathered; a checkpoint holds none
        images = pl_module.images_seen
        by_images = images // self.every_images > self.saved_images // self.every_images
        by_time = time.monotonic() - self.saved_at > 60 * self.every_minutes
        # Time differs between ranks; writing needs no other rank, so rank 0 may decide alone.
        if trainer.is_global_zero and (by_images or by_time):
            self.save(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero:
            if pl_module.images_seen > self.saved_images:
                self.save(trainer, pl_module)
            self._tell(trainer, pl_module)

    def train_seconds(self, trainer: Trainer) -> float:
        """Seconds of training over all resumes, previews and evaluations not counted."""
        beside = sum(callback.seconds for callback in trainer.callbacks if isinstance(callback, Periodic))
        return self.earlier_seconds + time.monotonic() - self.begun - beside

    def save(self, trainer: Trainer, animator: LightningModule) -> None:
        """Writes one checkpoint; on rank 0."""
        state = {
            "format": 1,
            "animator": dict(animator.state_dict()),
            "optimizers": [optimizer.state_dict() for optimizer in trainer.optimizers],
            "images_seen": animator.images_seen,
            "world_size": trainer.world_size,
            "train_seconds": self.train_seconds(trainer),
        }
        self.store.save(state, animator.images_seen)
        self.saved_images, self.saved_at = animator.images_seen, time.monotonic()
        self._tell(trainer, animator)

    def _tell(self, trainer: Trainer, animator: LightningModule) -> None:
        self.run.update_status(
            images_seen=animator.images_seen,
            train_seconds=round(self.train_seconds(trainer), 3),
            world_size=trainer.world_size,
        )
