"""A callback that looks on: it writes what every rank ends with, and can stop the process once at a given moment."""

import os
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer


class Witness(Callback):
    """RUN/rank-N.pt at the end of training; ``signal`` to its own process when ``signal_at`` images have been seen.

    ``rank`` -1: every rank; ``signal`` 0: an error instead.
    """

    def __init__(self, *, run_dir: str, signal_at: int, signal: int, rank: int):
        self.rank = rank
        self.run_dir = Path(run_dir)
        self.signal_at = signal_at
        self.signal = signal

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        once = self.run_dir / "signalled"
        here = self.rank in (-1, trainer.global_rank)
        if pl_module.images_seen == self.signal_at and here and not once.exists():
            once.touch()
            if self.signal == 0:
                raise RuntimeError("the witness has seen enough")
            os.kill(os.getpid(), self.signal)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        torch.save(pl_module.state_dict(), self.run_dir / f"rank-{trainer.global_rank}.pt")
