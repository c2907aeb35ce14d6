"""The smallest animator and data that keep the contracts, for tests of what runs them."""

import os
import signal
from typing import NamedTuple

import torch
from pytorch_lightning import LightningDataModule, LightningModule
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from kineograph.core.errors import UserError
from kineograph.core.random import Noise, mix
from kineograph.core.types import KEYS_PER_GROUP, Clip, Condition
from kineograph.core.warp import keep_known, nearest_known


def clip_at(positions: list[int]) -> Clip:
    batch = len(positions)
    video = torch.stack([torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(mix(p))) for p in positions])
    key = torch.tensor(positions) * KEYS_PER_GROUP
    times = torch.arange(4).expand(batch, 4) / 12
    return Clip(
        video * 2 - 1,
        times,
        torch.full((batch,), -1),
        torch.zeros(batch, 1, 1),
        torch.zeros(batch, 1, dtype=torch.bool),
        torch.zeros(batch, 1),
        key,
    )


def first_frame(clip: Clip) -> Condition:
    mask = torch.zeros_like(clip.video[:, :, :1])
    mask[:, 0] = 1
    nothing = torch.full((len(clip.key),), torch.nan)
    return Condition(clip.video * mask, mask, clip.times, clip.label, clip.text, clip.text_mask, nothing)


class Positions(Dataset):
    """As the real data's, their loader has a length."""

    def __init__(self, start: int, stop: int, rank: int, world: int, batch_size: int):
        self.places = range(start + rank * batch_size, stop, world * batch_size)
        self.batch_size = batch_size

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, number: int) -> Clip:
        first = self.places[number]
        return clip_at(list(range(first, first + self.batch_size)))


class TinyFilms(NamedTuple):
    data_hash: str = "tiny"
    films: tuple = ()
    licence: str = "none"
    attribution: str = "nobody"


class TinyData(LightningDataModule):
    data_hash = "tiny"
    films = TinyFilms()

    def __init__(self, *, batch_size: int, num_frames: int, height: int, width: int, fps: float, num_windows: int):
        super().__init__()
        self.batch_size = batch_size
        self.start_position = 0
        self.stop_position = 0
        self.task = first_frame
        self.epoch_images = 24

    def train_dataloader(self) -> DataLoader:
        trainer = self.trainer
        assert trainer is not None
        positions = Positions(
            self.start_position, self.stop_position, trainer.global_rank, trainer.world_size, self.batch_size
        )
        return DataLoader(positions, batch_size=None)

    def held_out_loader(
        self, batch_size: int, rank: int = 0, world: int = 1, num_clips: int | None = None
    ) -> list[Clip]:
        places = list(range(1000, 1000 + (num_clips or 6)))[rank::world]
        return [clip_at(places[first : first + batch_size]) for first in range(0, len(places), batch_size)]

    def evaluation_clips(
        self, batch_size: int, *, split: str, offset: str, seed: int, speed: float, num_clips: int | None
    ) -> list[Clip]:
        return self.held_out_loader(batch_size, num_clips=num_clips)

    def train_clips(self, batch_size: int, num_clips: int | None = None, mixed: bool = False) -> list[Clip]:
        return [clip_at(list(range(6)))]

    def on_after_batch_transfer(self, batch: Clip, dataloader_idx: int) -> tuple[Clip, Condition]:
        return batch, first_frame(batch)


class TinyAnimator(LightningModule):
    """Two optimizers, an averaged copy, a clock; it can stop, fail or die at a given moment."""

    def __init__(self, *, seed: int, accumulate: int, signal_at: int, fail_at: int, die_at: int, brightness: float):
        super().__init__()
        self.automatic_optimization = False
        self.seed = seed
        self.accumulate = accumulate
        self.signal_at = signal_at
        self.fail_at = fail_at
        self.die_at = die_at
        self.brightness = brightness
        self.images_seen = 0
        self.batches_seen = 0
        self.latest: dict[str, float] = {}
        self.network = nn.Linear(8, 8)
        self.judge = nn.Linear(8, 1)
        self.averaged = nn.ModuleDict({"network": nn.Linear(8, 8).requires_grad_(False)})

    def describe(self) -> dict[str, int]:
        return {"parameters": 72}

    def animate(self, condition: Condition, noise: Noise) -> Tensor:
        moved = nearest_known(condition) + 0.1 * noise.normal(*condition.known.shape[1:]) + self.brightness
        return keep_known(moved.clamp(-1, 1), condition)

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        return [torch.optim.AdamW(part.parameters(), 1e-3) for part in (self.network, self.judge)]

    def get_extra_state(self) -> Tensor:
        return torch.tensor([self.images_seen, self.batches_seen])

    def set_extra_state(self, state: Tensor) -> None:
        self.images_seen, self.batches_seen = state.tolist()

    def training_step(self, batch: tuple[Clip, Condition], batch_idx: int) -> None:
        clip, _ = batch
        noise = Noise.at(self.seed, self.images_seen + self.global_rank * len(clip.key), len(clip.key))
        x = clip.video + 0.1 * noise.normal(4, 3, 8, 8)
        if self.images_seen == self.fail_at:
            raise UserError("the loss term l1 is not finite; clips of the batch: 1, 2")
        if self.images_seen == self.die_at and self.global_rank == self.trainer.world_size - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.images_seen == self.signal_at:
            os.kill(os.getpid(), signal.SIGTERM)
        last = (self.batches_seen + 1) % self.accumulate == 0
        loss = torch.zeros(())
        for optimizer, part in zip(self.optimizers(), (self.network, self.judge), strict=True):
            with optimizer.toggle_model(sync_grad=last):
                loss = (part(x) - x[..., :1]).square().mean()
                self.manual_backward(loss / self.accumulate)
                if last:
                    optimizer.step()
                    optimizer.zero_grad()
        with torch.no_grad():
            for kept, new in zip(self.averaged["network"].parameters(), self.network.parameters(), strict=True):
                kept.lerp_(new, 0.1)
        self.batches_seen += 1
        self.images_seen += len(clip.key) * self.trainer.world_size
        self.latest = {"train/l1": float(loss.detach())}
        for logger in self.loggers:
            logger.log_metrics(self.latest, step=self.images_seen)
