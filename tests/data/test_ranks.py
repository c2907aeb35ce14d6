"""Films that cannot be read are counted over two ranks that train together over gloo."""

import json
import os
import socket
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers.logger import DummyLogger
from pytorch_lightning.plugins.environments import TorchElasticEnvironment
from pytorch_lightning.strategies import DDPStrategy
from torch.multiprocessing import start_processes

from kineograph.core.errors import UserError
from kineograph.core.types import Clip, Condition
from kineograph.data.clip_data import ClipData
from kineograph.data.encoders.words import Words
from kineograph.tasks.image_to_video import ImageToVideo
from tests.data.counted import CountedFilms

FILMS, BATCHES, BAD = 20, 12, (4, 7)  # of which each rank alone meets one


class Damaged(CountedFilms):
    """A source of films of which two cannot be read."""

    def open(self) -> "Damaged":
        return self

    def read(self, index: int, times: np.ndarray) -> np.ndarray:
        if index in BAD:
            raise UserError(f"film {index}: damaged")
        return super().read(index, times)


class Idle(pl.LightningModule):
    """Counts what it is shown."""

    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.images_seen = 0

    def training_step(self, batch: tuple[Clip, Condition], batch_idx: int) -> None:
        self.images_seen += len(batch[0].video) * self.trainer.world_size

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


class Noted(DummyLogger):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.rows: list[tuple[int, dict[str, float]]] = []

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.rows.append((int(step or 0), metrics))


def data(max_bad: float) -> ClipData:
    made = ClipData(
        source=Damaged(FILMS),
        task=ImageToVideo(tell_label=False, tell_text=False, tell_motion=False),
        augment={},
        num_frames=3,
        height=4,
        width=8,
        channels=3,
        fps=10,
        num_classes=2,
        text=Words(),
        num_tokens=2,
        text_dim=3,
        num_factors=1,
        batch_size=1,
        num_workers=0,
        seed=0,
        num_windows=1,
        speeds=[1.0, 1.0],
        short="repeat",
        balanced=False,
        max_bad=max_bad,
    )
    made.stop_position = 2 * BATCHES
    return made


def work(rank: int, port: int, folder: str) -> None:
    """One rank of two: trains below the limit, then above it, and writes what it was told."""
    places = {"RANK": rank, "LOCAL_RANK": rank, "GROUP_RANK": 0, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    os.environ.update({name: str(value) for name, value in (places | address).items()})
    torch.set_num_threads(1)
    told = []
    for max_bad in (0.1, 0.06):  # two of twenty, or one
        noted, idle, films = Noted(), Idle(), data(max_bad)
        trainer = pl.Trainer(
            max_epochs=1,
            accelerator="cpu",
            devices=2,
            strategy=DDPStrategy(process_group_backend="gloo"),
            plugins=[TorchElasticEnvironment()],
            use_distributed_sampler=False,
            logger=noted,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            log_every_n_steps=BATCHES // 2,
        )
        try:
            trainer.fit(idle, datamodule=films)
            said = ""
        except UserError as error:
            said = str(error)
        told.append({"said": said, "seen": idle.images_seen, "rows": noted.rows})
    Path(folder, f"{rank}.json").write_text(json.dumps(told))


def test_each_rank_alone_meets_one_of_them():
    for rank in (0, 1):
        films = data(0.06)
        films.setup()
        batches = films.train_dataloader(rank, 2)
        assert len(list(batches)) == BATCHES and batches.dataset.bad.nonzero().tolist() == [[BAD[rank]]]


def test_two_ranks_count_together(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start_processes(work, args=(port, str(tmp_path)), nprocs=2, start_method="fork")  # nothing is imported anew
    ranks = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1)]
    for below, above in ranks:
        assert below["said"] == "" and below["seen"] == 2 * BATCHES
        assert [row["data/bad_films"] for _, row in below["rows"]] == [2, 2]
        assert above["said"] == "2 of 20 films are bad, more than data.max_bad=0.06"
        assert above["seen"] == BATCHES - 2  # at the sixth batch of each
