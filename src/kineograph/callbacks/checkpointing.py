"""Writes checkpoints between updates, and starts a run where its newest one left it."""

import time
import warnings
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pytorch_lightning import Callback, LightningModule, Trainer

from kineograph.callbacks.periodic import Periodic, seconds_beside
from kineograph.core.errors import UserError, at_least
from kineograph.core.run import Run
from kineograph.core.sharding import is_split, split_like, whole


@runtime_checkable
class Store(Protocol):
    """Where checkpoints are kept."""

    def save(self, state: dict[str, Any], images_seen: int) -> Path: ...

    def latest(self) -> dict[str, Any] | None: ...


@runtime_checkable
class Endless(Protocol):
    """Data that know how many images show each of their films once."""

    epoch_images: int


@runtime_checkable
class Follows(Protocol):
    """A callback that adds to the animator's state what each batch has left there."""

    def follow(self, animator: LightningModule) -> None: ...


@runtime_checkable
class Rewinds(Protocol):
    """A log that can forget what came after a checkpoint."""

    def rewind(self, images_seen: int) -> None: ...


class Checkpointing(Callback):
    """Saves every ``every_images`` images, ``every_minutes`` minutes or ``every_epochs`` epochs, and at the end,
    whatever ended it.

    A checkpoint holds the animator (networks, averages, clock), its optimizers, the seconds of training, when previews
    and evaluations last acted, and the names under which loggers go on. Randomness and the place in the data follow
    from seed and clock, so a resumed run is the run that never stopped. List it last: it counts as training the time
    between its own turns, less what the periodic callbacks took.
    """

    def __init__(
        self,
        *,
        run_dir: str,
        store: Store,
        every_images: int,
        every_minutes: float,
        every_epochs: float | None,  # an epoch shows each training film once
    ):
        at_least(1, callbacks__checkpoint__every_images=every_images)
        self.run = Run(Path(run_dir))
        self.store = store
        self.every_images = every_images
        self.every_minutes = every_minutes
        self.every_epochs = every_epochs
        self.intervals: list[int] = []  # all that count images
        self.earlier_seconds = 0.0  # of training, before this process
        self.split = False  # each rank has a part of the networks
        self.begun = 0.0
        self.beside = 0.0  # seconds that periodic callbacks had taken by then
        self.saved_at = 0.0
        self.saved_images = 0
        self.saved_acts: dict[str, int | None] | None = None

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.split = is_split(dict(pl_module.state_dict()))
        state = self.store.latest()
        if state is not None:
            self._restore(state, trainer, pl_module)
        for logger in trainer.loggers:
            if isinstance(logger, Rewinds):
                logger.rewind(pl_module.images_seen)
        self.saved_images = pl_module.images_seen
        self.intervals = [self.every_images]
        data = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        if self.every_epochs is not None:
            if not isinstance(data, Endless):
                raise UserError(
                    "callbacks.checkpoint.every_epochs is set, but these data have no epoch; set it to null"
                )
            self.intervals.append(max(1, round(self.every_epochs * data.epoch_images)))
        if pl_module.images_seen >= data.stop_position:
            self._end_at_once(trainer, pl_module)

    def _end_at_once(self, trainer: Trainer, animator: LightningModule) -> None:
        """No batch is left, perhaps a last evaluation is; of the untrained (max_images=0) only a checkpoint is kept."""
        trainer.limit_train_batches = 0  # where a loader has no length, Lightning would begin its loop
        callbacks = trainer.callbacks if animator.images_seen else [self]
        for callback in callbacks:
            callback.on_train_start(trainer, animator)
        for callback in callbacks:
            callback.on_train_end(trainer, animator)

    def _restore(self, state: dict[str, Any], trainer: Trainer, animator: LightningModule) -> None:
        if state["world_size"] != trainer.world_size:
            raise UserError(
                f"the checkpoint was written by {state['world_size']} ranks, this run has {trainer.world_size}; "
                "resume with the same number"
            )
        try:
            own = animator.state_dict()
            animator.load_state_dict({name: split_like(t, own.get(name)) for name, t in state["animator"].items()})
            for optimizer, kept in zip(trainer.optimizers, state["optimizers"], strict=True):
                held = [p for group in optimizer.param_groups for p in group["params"]]
                for place, moments in kept["state"].items():
                    moments |= {name: split_like(value, held[place]) for name, value in moments.items()}
                optimizer.load_state_dict(kept)
        except (RuntimeError, ValueError, KeyError) as error:
            lines = " ".join(str(error).split())
            raise UserError(f"the checkpoint does not fit the run's own configuration: {lines[:300]}") from error
        self.earlier_seconds = state["train_seconds"]
        acts = self.saved_acts = state.get("acted", {})
        for callback in trainer.callbacks:
            if isinstance(callback, Periodic):
                callback.resumed = acts.get(type(callback).__name__)
        for logger in trainer.loggers:
            earlier = state.get("loggers", {}).get(logger.name)
            if earlier not in (None, str(logger.version)):
                warnings.warn(f"the log {logger.name} went by '{earlier}' and is now '{logger.version}'", stacklevel=2)
        data = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        data.start_position = animator.images_seen
        begun = animator.batches_seen % animator.accumulate
        if begun and animator.images_seen < data.stop_position:
            animator.batches_seen -= begun  # else the next update would be of a part of its gradients
            warnings.warn(
                f"the checkpoint is {begun} of {animator.accumulate} batches into an accumulation (max_images "
                "ended it, or animator.accumulate changed); it begins anew, so this is not the run that never stopped",
                stacklevel=2,
            )

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.begun = self.saved_at = time.monotonic()
        self.beside = seconds_beside(trainer)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if pl_module.batches_seen % pl_module.accumulate:
            return  # gradients are half gathered; a checkpoint holds none
        images = pl_module.images_seen
        by_images = any(images // every > self.saved_images // every for every in self.intervals)
        by_time = time.monotonic() - self.saved_at > 60 * self.every_minutes
        # Time differs between ranks; writing needs no other rank, so rank 0 may decide alone, unless each has a part.
        if self.split:
            by_time = trainer.strategy.broadcast(by_time)
        if (trainer.is_global_zero or self.split) and (by_images or by_time):
            self.save(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        new = pl_module.images_seen > self.saved_images or acted(trainer) != self.saved_acts
        if new and (trainer.is_global_zero or self.split):
            self.save(trainer, pl_module)
        if trainer.is_global_zero:
            self._tell(trainer, pl_module)

    def train_seconds(self, trainer: Trainer) -> float:
        """Seconds of training over all resumes, previews and evaluations not counted."""
        return self.earlier_seconds + time.monotonic() - self.begun - (seconds_beside(trainer) - self.beside)

    def save_between(self, trainer: Trainer, animator: LightningModule) -> None:
        """Writes a checkpoint in the middle of a preview or an evaluation, which a resumed run begins again."""
        if trainer.is_global_zero and not self.split and self.saved_images < animator.images_seen:
            self.store.save(self.state(trainer, animator), animator.images_seen)

    def save(self, trainer: Trainer, animator: LightningModule) -> None:
        """Writes one checkpoint, on rank 0; where each rank has a part, every rank calls it."""
        state = self.state(trainer, animator)
        self.saved_images, self.saved_acts, self.saved_at = animator.images_seen, state["acted"], time.monotonic()
        if trainer.is_global_zero:
            self.store.save(state, animator.images_seen)
            self._tell(trainer, animator)

    def state(self, trainer: Trainer, animator: LightningModule) -> dict[str, Any]:
        """All that a checkpoint holds; also amid the callbacks' turns, of which some are still to come."""
        for callback in trainer.callbacks:
            if isinstance(callback, Follows):
                callback.follow(animator)
        return {
            "format": 1,
            "animator": whole(dict(animator.state_dict())),
            "optimizers": whole([optimizer.state_dict() for optimizer in trainer.optimizers]),
            "images_seen": animator.images_seen,
            "world_size": trainer.world_size,
            "train_seconds": self.train_seconds(trainer),
            "acted": acted(trainer),
            "loggers": {str(logger.name): str(logger.version) for logger in trainer.loggers},
        }

    def _tell(self, trainer: Trainer, animator: LightningModule) -> None:
        self.run.update_status(
            images_seen=animator.images_seen,
            train_seconds=round(self.train_seconds(trainer), 3),
            world_size=trainer.world_size,
        )


def acted(trainer: Trainer) -> dict[str, int | None]:
    """Images seen when each periodic callback last acted."""
    periodic = [callback for callback in trainer.callbacks if isinstance(callback, Periodic)]
    return {type(callback).__name__: callback.last for callback in periodic}
