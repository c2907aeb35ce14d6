"""The one DataModule: films of any source -> training batches, held-out clips, reference clips."""

import signal
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from kineograph.core.errors import UserError, at_least
from kineograph.core.protocols import Augmentation, Task, TextEncoder
from kineograph.core.random import mix
from kineograph.core.types import Clip, Condition
from kineograph.data.clip_batches import ClipBatches
from kineograph.data.clip_reader import ClipReader, Window
from kineograph.data.films import HELD_OUT, TRAIN, WINDOWS_PER_FILM, Films, Source
from kineograph.data.training_batches import TrainingBatches


class ClipData(pl.LightningDataModule):
    """Clips of one shape from one source. Training batches are (Clip, Condition) once on the device.

    The train verb sets ``start_position`` and ``stop_position``: positions of the one endless training sequence.
    Raises UserError for empty data, for a batch larger than the data and for more classes than ``num_classes``, and
    for films shorter than a clip where ``short`` is "error". ``balanced``: every class comes equally often. While it
    trains, films that cannot be read are replaced, up to the share ``max_bad`` of them over all ranks; their number is
    logged as data/bad_films every ``log_every_n_steps`` batches, once there is one.
    """

    def __init__(
        self,
        *,
        source: Source,
        task: Task,
        augment: dict[str, Augmentation],
        num_frames: int,
        height: int,
        width: int,
        channels: int,
        fps: float | int,
        num_classes: int,
        text: TextEncoder,  # of captions
        num_tokens: int,
        text_dim: int,
        num_factors: int,
        batch_size: int,
        num_workers: int,
        seed: int,
        num_windows: int,
        speeds: tuple[float, float] | list[float],
        short: str,
        balanced: bool,
        max_bad: float | int,
    ):
        super().__init__()
        if channels not in (1, 3):
            raise UserError(f"clip.channels is {channels}; films have 1 or 3")
        if batch_size < 1 or num_frames < 1 or not 1 <= num_windows <= WINDOWS_PER_FILM:
            raise UserError(f"data: batch_size {batch_size}, num_frames {num_frames}, num_windows {num_windows}")
        at_least(0, data__num_workers=num_workers)
        if len(speeds) != 2 or not 0 < speeds[0] <= speeds[1]:
            raise UserError(f"data.speeds is {list(speeds)}; two positive numbers, the smaller one first")
        if not 0 <= max_bad < 1:
            raise UserError(f"data.max_bad is {max_bad}; a share of the films, from 0 to below 1")
        self.source = source
        self.task = task
        self.augment = augment
        self.num_classes = num_classes
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.seed = seed
        self.num_windows = num_windows
        self.speeds = (float(speeds[0]), float(speeds[1]))
        self.shape = {
            "num_frames": num_frames,
            "height": height,
            "width": width,
            "channels": channels,
            "fps": fps,
            "text": text,
            "num_tokens": num_tokens,
            "text_dim": text_dim,
            "num_factors": num_factors,
            "short": short,
        }
        self.balanced = balanced
        self.max_bad = max_bad
        self.start_position = 0
        self.stop_position = 0
        self._films: Films | None = None
        self._batches: TrainingBatches | None = None
        self._batches_seen = 0

    @property
    def films(self) -> Films:
        """The opened source. Raises UserError where it must be prepared first, or is empty."""
        if self._films is None:
            films = self.source.open()
            if not films.films:
                raise UserError("the data hold no film at all")
            if len(films.classes) > self.num_classes:
                raise UserError(
                    f"the data have {len(films.classes)} classes; raise clip.num_classes={self.num_classes}"
                )
            self._films = films
        return self._films

    @property
    def data_hash(self) -> str:
        """A hash of all that the films show and are called."""
        return self.films.data_hash

    @property
    def epoch_images(self) -> int:
        """Images of training in which each film comes once, where classes are not balanced."""
        return len(self.indices(TRAIN))

    @property
    def reader(self) -> ClipReader:
        return ClipReader(films=self.films, **self.shape)

    def indices(self, split: str) -> list[int]:
        """The films of a split, by their place in the manifest."""
        return [index for index, film in enumerate(self.films.films) if film.split == split]

    def prepare_data(self) -> None:
        """Has all captions read, in one process of each machine: loaders and other ranks find them done."""
        reader = self.reader
        reader.text.prepare({film.caption for film in self.films.films}, reader.num_tokens, reader.text_dim)

    def setup(self, stage: str | None = None) -> None:
        """Opens the films and holds the batch against them, before anything is trained."""
        count = len(self.indices(TRAIN))
        if count == 0:
            raise UserError("no film is left to train on; lower data.source.held_out")
        if self.batch_size > count:
            raise UserError(f"data.batch_size is {self.batch_size}, but there are {count} clips; make it {count}")
        if self.shape["short"] == "error":
            reader = self.reader
            for index in self.indices(TRAIN):  # before the first step, not somewhere on the way
                if not reader.fits(index):
                    reader.read([Window(index, 0, 0.0, 1.0)])

    def train_dataloader(self, rank: int | None = None, world: int | None = None) -> DataLoader:
        """Batches from ``start_position`` up to ``stop_position``; rank and world are the trainer's if not given."""
        self._batches = TrainingBatches(
            reader=self.reader,
            indices=self.indices(TRAIN),
            augment=self.augment,
            speeds=self.speeds,
            balanced=self.balanced,
            max_bad=self.max_bad,
            batch_size=self.batch_size,
            seed=self.seed,
            start=self.start_position,
            stop=self.stop_position,
            rank=(self.trainer.global_rank if self.trainer else 0) if rank is None else rank,
            world=(self.trainer.world_size if self.trainer else 1) if world is None else world,
        )
        return DataLoader(self._batches, batch_size=None, num_workers=self.num_workers, worker_init_fn=leave_signals)

    def held_out_loader(
        self, batch_size: int, rank: int = 0, world: int = 1, num_clips: int | None = None
    ) -> ClipBatches:
        """Fixed windows of held-out clips that are long enough, at most ``num_clips`` over all ranks.

        The first window of every clip comes before any second one, in an order that mixes the groups.
        """
        return self.evaluation_clips(
            batch_size, split=HELD_OUT, offset="spread", seed=0, speed=1.0, rank=rank, world=world, num_clips=num_clips
        )

    def evaluation_clips(
        self,
        batch_size: int,
        *,
        split: str,
        offset: str,  # spread: evenly from the film's start to its end; random: a draw of the seed for each window
        seed: int,
        speed: float,  # of the films
        rank: int = 0,
        world: int = 1,
        num_clips: int | None = None,
    ) -> ClipBatches:
        """As ``held_out_loader``, of any split."""
        reader, films = self.reader, self.films.films
        inside = self.indices(split)
        if not inside:
            raise UserError(
                f"no clip is held out of {len(films)}: evaluation needs two films of different groups or more"
                if split == HELD_OUT
                else f"none of the {len(films)} films is in the split '{split}'"
            )
        fitting = sorted((i for i in inside if reader.fits(i, speed)), key=lambda i: mix(films[i].key))
        if not fitting:
            raise UserError(
                f"all {len(inside)} {split.replace('_', '-')} films are shorter than a clip "
                f"({reader.length * speed:.2f} s); lower clip.num_frames"
            )
        windows = []
        for number in range(self.num_windows):
            for index in fitting:
                room = reader.room(index, speed)
                # Only windows that begin on frames of their own count: a film of one clip's length has one.
                own = min(self.num_windows, int(room * films[index].fps + 1e-6) + 1)
                if number >= own:
                    continue
                if offset == "random":
                    share = mix(seed, films[index].key + number) % 2**32 / 2**32
                else:
                    share = number / max(1, own - 1)
                windows.append(Window(index, number, room * share, speed))
        windows = windows[:num_clips]
        return ClipBatches(reader=reader, windows=windows[rank::world], batch_size=batch_size)

    def train_clips(self, batch_size: int, num_clips: int | None = None, mixed: bool = False) -> ClipBatches:
        """The first window of the training clips, unaugmented, in the manifest's order.

        ``mixed``: in an order that mixes labels and groups, for who learns from the first of them alone: manifests are
        mostly sorted by class.
        """
        indices = self.indices(TRAIN)
        if mixed:
            films = self.films.films
            indices.sort(key=lambda index: mix(films[index].key))
        windows = [Window(index, 0, 0.0, 1.0) for index in indices]
        return ClipBatches(reader=self.reader, windows=windows[:num_clips], batch_size=batch_size)

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> tuple[Clip, Condition]:
        """The task is applied where the clip is, so that conditions are never collated."""
        self._batches_seen += 1
        if self.trainer and self._batches and self._batches_seen % self.trainer.log_every_n_steps == 0:
            self._count_bad(self.trainer, self._batches)
        return batch, self.task(batch)

    def _count_bad(self, trainer: pl.Trainer, batches: TrainingBatches) -> None:
        """Every rank is told which films were bad on any of them; so all raise UserError at the same batch."""
        bad = batches.bad.to(trainer.strategy.root_device, torch.uint8)
        found = trainer.strategy.reduce(bad, reduce_op="max")
        batches.bad[found.cpu().bool()] = True
        batches.check()
        if number := int(found.sum()):
            for logger in trainer.loggers:
                logger.log_metrics({"data/bad_films": number}, step=trainer.lightning_module.images_seen)


def leave_signals(worker: int) -> None:
    """A scheduler asks every process to stop at once; the one that trains decides, and its workers wait for it."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
